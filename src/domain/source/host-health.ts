/** How a visit to a host ended: whether it answered in time, whatever it answered. `unknown` where nobody waited for it. */
export type VisitOutcome = 'in-time' | 'late' | 'unknown';

/** So many visits in a row have to end late. */
const FAILURES_TO_OPEN = 3;
/** From then to the next visit; twice as long after each that is late, too. */
const RETRY_MS = 5000;
const MAX_RETRY_MS = 60_000;

/**
 * The circuit breaker of one host. Closed, it allows every visit. After several in a row that were late it is open: each
 * visit would hold a slot until its deadline, and fail. After a while it is half-open: one visit finds out whether the
 * host answers again. What a host answers makes no difference, as long as it does so in time.
 */
export class HostHealth {
  readonly #now: () => number;
  #failures = 0;
  #retryMs = RETRY_MS;
  /** Undefined while the circuit is closed. */
  #retryAtMs: number | undefined;
  #probing = false;

  /** @param now milliseconds */
  constructor(now: () => number) {
    this.#now = now;
  }

  get isOpen(): boolean {
    return this.#retryAtMs !== undefined;
  }

  /** Whether there is nothing to remember about the host. */
  get isClean(): boolean {
    return this.#failures === 0 && !this.isOpen;
  }

  /** For how many milliseconds the host is to be left alone; 0 where a visit may begin. */
  get pauseMs(): number {
    if (this.#retryAtMs === undefined) return 0;
    // Nobody knows how long the probe takes.
    if (this.#probing) return this.#retryMs;
    return Math.max(0, this.#retryAtMs - this.#now());
  }

  /** Begins a visit, for which `pauseMs` has to be 0. The function that it returns is called once, with how it ended. */
  begin(): (outcome: VisitOutcome) => void {
    const isProbe = this.isOpen;
    if (isProbe) this.#probing = true;
    return (outcome) => {
      if (isProbe) this.#probing = false;
      if (outcome === 'in-time') this.#close();
      else if (outcome === 'late') this.#fail(isProbe);
    };
  }

  #close(): void {
    this.#failures = 0;
    this.#retryMs = RETRY_MS;
    this.#retryAtMs = undefined;
  }

  #fail(isProbe: boolean): void {
    this.#failures += 1;
    // Visits that had begun before say nothing new.
    if (this.isOpen && !isProbe) return;
    if (this.#failures < FAILURES_TO_OPEN) return;
    if (isProbe) this.#retryMs = Math.min(this.#retryMs * 2, MAX_RETRY_MS);
    this.#retryAtMs = this.#now() + this.#retryMs;
  }
}
