import { pause } from './pause.ts';

export interface PatienceOptions {
  /** Milliseconds for which work that fails is tried again. */
  readonly forMs?: number;
  /** Milliseconds from one attempt to the next. */
  readonly everyMs?: number;
}

/** Longer than a process is held up while it loads its libraries, and than a lost connection takes to come back. */
const FOR_MS = 1000;
const EVERY_MS = 100;

/**
 * Tries again what fails for a moment. Once that was in vain there is an outage, which costs no further waits: work is
 * tried once, until it succeeds again.
 */
export class Patience {
  readonly #options: Required<PatienceOptions>;
  #hasRunOut = false;

  constructor(options: PatienceOptions = {}) {
    this.#options = { forMs: FOR_MS, everyMs: EVERY_MS, ...options };
  }

  /** Rejects with what the last attempt did, or with the signal's reason when that aborts meanwhile. */
  async run<T>(attempt: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const { forMs, everyMs } = this.#options;
    const giveUpAt = performance.now() + forMs;
    for (;;) {
      try {
        const result = await attempt();
        this.#hasRunOut = false;
        return result;
      } catch (error) {
        this.#hasRunOut ||= performance.now() >= giveUpAt;
        if (this.#hasRunOut) throw error;
      }
      await pause(everyMs, signal);
    }
  }
}
