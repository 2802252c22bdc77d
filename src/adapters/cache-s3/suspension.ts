/** For how long a store that has failed is left alone. */
const PAUSE_MS = 2000;

/**
 * Spares requests the wait for a store that does not answer: after an error it is not asked for a while. Then one request
 * tries it, and all others are spared until that has been answered.
 */
export class Suspension {
  #error: unknown;
  #untilMs = -Infinity;

  /** @throws what the work does, or the error of another that failed a moment ago */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (performance.now() < this.#untilMs) throw this.#error;
    if (this.#error !== undefined) this.#pause();
    try {
      const result = await work();
      this.#error = undefined;
      this.#untilMs = -Infinity;
      return result;
    } catch (error) {
      this.#error = error;
      this.#pause();
      throw error;
    }
  }

  #pause(): void {
    this.#untilMs = performance.now() + PAUSE_MS;
  }
}
