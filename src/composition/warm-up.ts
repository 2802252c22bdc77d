import { setImmediate, setTimeout } from 'node:timers/promises';

/** Loading keeps the processor busy: a client that polls until the service listens gets its answer first. */
const DELAY_MS = 100;

/** Of a service that is never at rest, each library delays some requests once; later, they are no fewer. */
const MOST_PATIENCE_MS = 1000;
const LOOK_AGAIN_MS = 10;

/** The loaders of what can wait until the service listens. What a request needs before then, that request loads. */
export class WarmUp {
  readonly #loaders: (() => Promise<unknown>)[] = [];
  readonly #loadsBeside: boolean;

  /** @param loadsBeside whether somebody will be served, and there is a second processor that can be of use by then */
  constructor({ loadsBeside }: { readonly loadsBeside: boolean }) {
    this.#loadsBeside = loadsBeside;
  }

  /** Of what other processes do: it begins beside the start. Where it fails, that is told by `run`, which tries again. */
  addBeside(load: () => Promise<unknown>): void {
    if (this.#loadsBeside) load().catch(() => undefined);
    this.add(load);
  }

  add(load: () => Promise<unknown>): void {
    this.#loaders.push(load);
  }

  /**
   * Loads everything, one after the other, so that requests come between, and while none is answered. Rejects with the first
   * failure: the process should then end, as a service that cannot load its libraries is broken.
   */
  async run(isAnswering: () => boolean): Promise<void> {
    await setTimeout(DELAY_MS, undefined, { ref: false });
    for (const load of this.#loaders) {
      const lastAt = performance.now() + MOST_PATIENCE_MS;
      while (isAnswering() && performance.now() < lastAt) {
        await setTimeout(LOOK_AGAIN_MS, undefined, { ref: false });
      }
      await load();
      await setImmediate();
    }
  }
}
