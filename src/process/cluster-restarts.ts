/** A worker that has lived so long was well: what ended it is taken for a new fault. */
const CALM_MS = 60_000;
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 30_000;

/** How long to wait before a worker is started in place of one that has ended: twice as long each time it ends soon. */
export class Restarts {
  #soon = 0;

  /** @param livedMs how long the one that has ended had run */
  delayMs(livedMs: number): number {
    if (livedMs >= CALM_MS) this.#soon = 0;
    const delayMs = Math.min(FIRST_DELAY_MS * 2 ** this.#soon, LONGEST_DELAY_MS);
    this.#soon += 1;
    return delayMs;
  }
}
