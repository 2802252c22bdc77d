/** What a sender has to keep up on average, and over which time that is measured. */
const MINIMUM_RATE: Rate = { bytesPerSecond: 1024, windowMs: 5000 };

/**
 * Holds the sender of a body to a minimum rate, from the moment it is made. Slow bodies cost a slot for next to nothing.
 * Disposing of it ends the measurement.
 */
export class MinimumRate implements Disposable {
  readonly #onTooSlow: () => void;
  readonly #windowMs: number;
  readonly #minBytes: number;
  #bytes = 0;
  /** Of the window that is measured; undefined in a pause, and once it is over. */
  #timer: NodeJS.Timeout | undefined;
  #isOver = false;

  constructor(onTooSlow: () => void, { bytesPerSecond, windowMs } = MINIMUM_RATE) {
    this.#onTooSlow = onTooSlow;
    this.#windowMs = windowMs;
    this.#minBytes = (bytesPerSecond * windowMs) / 1000;
    this.#begin();
  }

  count(bytes: number): void {
    this.#bytes += bytes;
  }

  /** Waits for something of our own, of which the sender is not to blame. */
  async pause<T>(work: Promise<T>): Promise<T> {
    this.#stop();
    try {
      return await work;
    } finally {
      if (!this.#isOver) this.#begin();
    }
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    this.#stop();
  }

  #begin(): void {
    this.#bytes = 0;
    // In a loop that was held up, timers come before the sockets whose bytes are there already.
    const timer = setTimeout(() => setImmediate(() => this.#check(timer)), this.#windowMs);
    this.#timer = timer;
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** Not where a pause has begun between the timer and its turn. */
  #check(timer: NodeJS.Timeout): void {
    if (this.#timer !== timer) return;
    if (this.#bytes < this.#minBytes) this.#onTooSlow();
    else this.#begin();
  }
}

interface Rate {
  readonly bytesPerSecond: number;
  readonly windowMs: number;
}
