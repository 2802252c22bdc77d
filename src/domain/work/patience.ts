import { pause } from './race.ts';

export interface PatienceOptions {
  /** Milliseconds for which work that fails is tried again. */
  readonly forMs?: number;
  /** Milliseconds from one attempt to the next. */
  readonly everyMs?: number;
  /** Milliseconds without a failure, after which an outage is over. */
  readonly calmMs?: number;
}

/** Longer than a process is held up while it loads its libraries, and than a lost connection takes to come back. */
const FOR_MS = 1000;
const EVERY_MS = 100;
const CALM_MS = 5000;

/**
 * Tries again what fails for a moment. If that does not help there is an outage, which costs no further waits: work is
 * tried once, until nothing fails any more. One success does not end it: a part of a cache may be out, one of its servers.
 */
export class Patience {
  readonly #options: Required<PatienceOptions>;
  #hasRunOut = false;
  #failedAtMs = -Infinity;

  constructor(options: PatienceOptions = {}) {
    this.#options = { forMs: FOR_MS, everyMs: EVERY_MS, calmMs: CALM_MS, ...options };
  }

  /** Rejects with what the last attempt did, or with the signal's reason when that aborts meanwhile. */
  async run<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const { forMs, everyMs, calmMs } = this.#options;
    const giveUpAt = performance.now() + forMs;
    for (;;) {
      try {
        const result = await attempt();
        this.#hasRunOut &&= performance.now() - this.#failedAtMs < calmMs;
        return result;
      } catch (error) {
        this.#failedAtMs = performance.now();
        // Another wait would be longer than what is left.
        this.#hasRunOut ||= this.#failedAtMs + everyMs > giveUpAt;
        if (this.#hasRunOut) throw error;
      }
      await pause(everyMs, signal);
    }
  }
}
