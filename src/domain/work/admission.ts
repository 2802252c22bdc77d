import { Overtime, type OvertimeLimits } from './overtime.ts';
import type { Caller } from './requester.ts';
import { Turns } from './turns.ts';
import { overloaded, waitTurn } from './wait-turn.ts';

export interface AdmissionLimits {
  /** How many may be inside at once. */
  readonly places: number;
  /**
   * Which part of the places that no other client has one client may have, from 0 to 1; all unless given. Where slots are
   * held for long, the rest is there at once for a client that comes next.
   */
  readonly clientShare?: number;
  /** What those inside may cost together, in whatever unit `admit` is told; for memory, bytes. */
  readonly budget: number;
  /** What one may cost that is inside alone; no more than the budget unless given. */
  readonly alone?: number | undefined;
  /** None unless given: then nobody enters before somebody leaves, once all slots are taken. */
  readonly overtime?: OvertimeLimits | undefined;
  /** How many may wait. */
  readonly queueLimit: number;
  /** How long one request may wait, in milliseconds, all the queues in which it waits together. */
  readonly queueTimeoutMs: number;
}

/** Work that is to be let in. */
export interface Work extends Caller {
  /** At most `largest`: what can never be let in is the caller's to refuse. */
  readonly cost: number;
}

interface Waiter {
  readonly cost: number;
  readonly enter: (slot: Disposable) => void;
  readonly refuse: (error: Error) => void;
}

interface Entrant {
  readonly client: string;
  readonly item: Waiter;
  readonly isBeside: boolean;
}

/**
 * Lets work in while there is a slot for it and the sum of all costs inside fits the budget. The others wait, and their
 * turn goes round between clients. The client whose turn it is is waited for, a costly one too, so that a stream of small ones
 * cannot starve it. When the queue is full, the client that has most in it loses its last.
 */
export class Admission {
  readonly #limits: AdmissionLimits;
  readonly #queue = new Turns<Waiter>();
  /** How many each client has inside. */
  readonly #held = new Map<string, number>();
  #inside = 0;
  /** Of these, beside the regular slots. */
  #beside = 0;
  #spent = 0;
  readonly #overtime: Overtime | undefined;

  constructor(limits: AdmissionLimits) {
    this.#limits = limits;
    this.#overtime = limits.overtime && new Overtime(limits.overtime, () => this.#advance());
  }

  get inside(): number {
    return this.#inside;
  }

  get waiting(): number {
    return this.#queue.size;
  }

  /** Whether work that costs nothing would have to wait. */
  get isFull(): boolean {
    return this.#queue.size > 0 || this.#inside >= this.#limits.places;
  }

  /** Sum of the costs of all that are inside. */
  get spent(): number {
    return this.#spent;
  }

  get budget(): number {
    return this.#limits.budget;
  }

  /** The most that anything may cost that is let in. */
  get largest(): number {
    return this.#limits.alone ?? this.#limits.budget;
  }

  /**
   * Resolves, once the work may begin, with its slot, to be disposed of when the work has ended (twice is once).
   *
   * @throws OverloadedError when the queue is full or the wait too long; the signal's reason when that aborts first
   */
  async admit({ cost, requester, signal }: Work): Promise<Disposable> {
    // NaN would wait for ever, and have the others wait.
    if (!(cost <= this.largest)) throw new RangeError(`cost ${cost} exceeds the largest, ${this.largest}`);
    signal.throwIfAborted();
    const turn = Promise.withResolvers<Disposable>();
    const waiter = { cost, enter: turn.resolve, refuse: turn.reject };
    for (const client of requester.clients) this.#queue.add(waiter, client);
    this.#advance();
    if (!this.#queue.has(waiter)) return turn.promise;
    using _joining = requester.onJoin((client) => this.#join(waiter, client));
    if (this.#queue.size > this.#limits.queueLimit) this.#shed();
    const giveUp = (reason: Error) => this.#refuse(waiter, reason);
    const { queueTimeoutMs } = this.#limits;
    return await waitTurn({ turn: turn.promise, giveUp, queueTimeoutMs }, { requester, signal });
  }

  /** One more client waits for it. */
  #join(waiter: Waiter, client: string): void {
    if (!this.#queue.has(waiter)) return;
    this.#queue.add(waiter, client);
    this.#advance();
  }

  #refuse(waiter: Waiter, error: Error): void {
    if (!this.#queue.remove(waiter)) return;
    waiter.refuse(error);
    // It may have been the one that all others waited behind.
    this.#advance();
  }

  #fits(cost: number): boolean {
    return this.#spent + cost <= this.#limits.budget || (this.#inside === 0 && cost <= this.largest);
  }

  /** Whether the client has all the slots that it may have now; each may have one. */
  #hasItsShare(client: string): boolean {
    const { places, clientShare } = this.#limits;
    if (clientShare === undefined) return false;
    const held = this.#held.get(client) ?? 0;
    return held > 0 && held >= Math.floor(clientShare * (places - this.#inside + held));
  }

  /** The slot counts as the client's whose turn it took. */
  #enter({ item: { cost }, client, isBeside }: Entrant): Disposable {
    this.#count(client, 1, cost);
    this.#beside += Number(isBeside);
    const work = this.#overtime?.begin(cost);
    let left = false;
    const leave = () => {
      if (left) return;
      left = true;
      work?.[Symbol.dispose]();
      this.#beside -= Number(isBeside);
      this.#count(client, -1, -cost);
      this.#advance();
    };
    return { [Symbol.dispose]: leave };
  }

  #count(client: string, slots: number, cost: number): void {
    this.#inside += slots;
    this.#spent += cost;
    const held = (this.#held.get(client) ?? 0) + slots;
    if (held > 0) this.#held.set(client, held);
    else this.#held.delete(client);
  }

  #advance(): void {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      this.#queue.take(next.item, next.client);
      next.item.enter(this.#enter(next));
    }
  }

  /** Who may enter now: whose turn it is, or the next of those for whom long work makes room. */
  #next(): Entrant | undefined {
    const isFree = this.#inside - this.#beside < this.#limits.places;
    for (const first of this.#queue.firsts()) {
      const { client, item } = first;
      if (this.#hasItsShare(client)) continue;
      if (isFree) return this.#fits(item.cost) ? { ...first, isBeside: false } : undefined;
      const latecomer = { cost: item.cost, hasNone: !this.#held.has(client) };
      if (this.#overtime?.isOpen(this.#beside, this.#spent, latecomer)) return { ...first, isBeside: true };
    }
    if (this.#queue.size > 0) this.#overtime?.wake();
    return undefined;
  }

  #shed(): void {
    const last = this.#queue.lastOfTheLongest();
    if (last !== undefined) this.#refuse(last, overloaded(this.#limits.queueTimeoutMs));
  }
}
