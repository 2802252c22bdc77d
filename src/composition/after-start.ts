import { setImmediate, setTimeout } from 'node:timers/promises';

/** So that whoever waits for the service to listen has an answer before the processor is busy with loading. */
const DELAY_MS = 100;

/** What can wait until the service listens; what is needed before then is loaded by whoever needs it. */
export class AfterStart {
  readonly #loads: (() => Promise<unknown>)[] = [];

  add(load: () => Promise<unknown>): void {
    this.#loads.push(load);
  }

  /**
   * Loads all, one after the other, so that requests come between. Rejects with the first fault: a service that cannot load
   * what it works with had better end.
   */
  async run(): Promise<void> {
    await setTimeout(DELAY_MS, undefined, { ref: false });
    for (const load of this.#loads) {
      await load();
      await setImmediate();
    }
  }
}
