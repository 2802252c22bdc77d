import { setImmediate, setTimeout } from 'node:timers/promises';

/** Loading keeps the processor busy: a client that polls until the service listens gets its answer first. */
const DELAY_MS = 100;

/** The loaders of what can wait until the service listens. What a request needs before then, that request loads. */
export class WarmUp {
  readonly #loaders: (() => Promise<unknown>)[] = [];

  add(load: () => Promise<unknown>): void {
    this.#loaders.push(load);
  }

  /**
   * Loads everything, one after the other, so that requests come between. Rejects with the first failure: the process
   * should then end, as a service that cannot load its libraries is broken.
   */
  async run(): Promise<void> {
    await setTimeout(DELAY_MS, undefined, { ref: false });
    for (const load of this.#loaders) {
      await load();
      await setImmediate();
    }
  }
}
