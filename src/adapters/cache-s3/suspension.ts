/** For how long a store that has failed is left alone. */
const PAUSE_MS = 2000;

/** Spares requests the wait for a store that does not answer: after an error it is not asked for a while. */
export class Suspension {
  #error: unknown;
  #untilMs = -Infinity;

  /** @throws what the work does, or the error of another that failed a moment ago */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (performance.now() < this.#untilMs) throw this.#error;
    try {
      return await work();
    } catch (error) {
      this.#error = error;
      this.#untilMs = performance.now() + PAUSE_MS;
      throw error;
    }
  }
}
