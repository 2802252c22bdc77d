/** A worker that has lived so long was well: what ended it counts as a new problem. */
const CALM_MS = 60_000;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 30_000;

/** How long to wait before a worker is replaced: twice as long each time it ends soon (exponential backoff). */
export class Restarts {
  #soon = 0;

  /** @param livedMs how long the worker that has ended had run */
  delayMs(livedMs: number): number {
    if (livedMs >= CALM_MS) this.#soon = 0;
    const delayMs = Math.min(FIRST_DELAY_MS * 2 ** this.#soon, LONGEST_DELAY_MS);
    this.#soon += 1;
    return delayMs;
  }
}
