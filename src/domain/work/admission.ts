import { OverloadedError } from '../errors/index.ts';

export interface AdmissionLimits {
  /** How many may be inside at once. */
  readonly places: number;
  /** What those inside may cost together, in whatever unit `admit` is told; for memory, bytes. */
  readonly budget: number;
  /** How many may wait. */
  readonly queueLimit: number;
  /** How long one may wait, in milliseconds. */
  readonly queueTimeoutMs: number;
}

interface Waiter {
  readonly cost: number;
  readonly enter: (place: Disposable) => void;
}

/**
 * Lets work in while there is a place for it and the sum of all costs inside fits the budget. The others wait in the
 * order in which they came, a costly one too, so that a stream of small ones cannot starve it; when the queue is full
 * or the wait too long they are turned away instead.
 */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #queue = new Set<Waiter>();
  #inside = 0;
  #spent = 0;

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
  }

  get inside(): number {
    return this.#inside;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  /** Sum of the costs of all that are inside. */
  get spent(): number {
    return this.#spent;
  }

  get budget(): number {
    return this.#limits.budget;
  }

  /**
   * Resolves, once the work may begin, with its place, to be disposed of when the work has ended (twice is once).
   *
   * @param cost at most `budget`; what can never be let in is the caller's to refuse
   * @throws OverloadedError when the queue is full or the wait too long; the signal's reason when that aborts first
   */
  async admit(cost: number, signal: AbortSignal): Promise<Disposable> {
    if (cost > this.#limits.budget)
      throw new RangeError(`cost ${cost} exceeds the budget ${this.#limits.budget}`);
    signal.throwIfAborted();
    if (this.#queue.size === 0 && this.#fits(cost)) return this.#enter(cost);
    if (this.#queue.size >= this.#limits.queueLimit) throw this.#turnedAway();
    return this.#wait(cost, signal);
  }

  async #wait(cost: number, signal: AbortSignal): Promise<Disposable> {
    const turn = Promise.withResolvers<Disposable>();
    const waiter: Waiter = { cost, enter: turn.resolve };
    const abandon = () => turn.reject(signal.reason as Error);
    const timer = setTimeout(() => turn.reject(this.#turnedAway()), this.#limits.queueTimeoutMs);
    signal.addEventListener('abort', abandon, { once: true });
    this.#queue.add(waiter);
    try {
      return await turn.promise;
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abandon);
      // One that gave up may have been the one that all others waited behind.
      if (this.#queue.delete(waiter)) this.#advance();
    }
  }

  #fits(cost: number): boolean {
    return this.#inside < this.#limits.places && this.#spent + cost <= this.#limits.budget;
  }

  #enter(cost: number): Disposable {
    this.#inside += 1;
    this.#spent += cost;
    let left = false;
    const leave = () => {
      if (left) return;
      left = true;
      this.#inside -= 1;
      this.#spent -= cost;
      this.#advance();
    };
    return { [Symbol.dispose]: leave };
  }

  #advance(): void {
    for (const waiter of this.#queue) {
      if (!this.#fits(waiter.cost)) return;
      this.#queue.delete(waiter);
      waiter.enter(this.#enter(waiter.cost));
    }
  }

  #turnedAway(): OverloadedError {
    return new OverloadedError(Math.max(1, Math.ceil(this.#limits.queueTimeoutMs / 2000)));
  }
}
