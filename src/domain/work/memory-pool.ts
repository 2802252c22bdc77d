import type { Outcome } from '../../ports/operation-observer.ts';
import { rejected } from './rejected.ts';
import type { Caller } from './requester.ts';
import { waitTurn } from './wait-turn.ts';

export interface MemoryPoolOptions {
  /** The most bytes that all reservations may have together; at least what one may grow to. */
  readonly budgetBytes: number;
  /** How long one request may wait, in milliseconds, all the queues in which it waits together. */
  readonly queueTimeoutMs: number;
  /** Told when a wait begins, and by the function that it returns how that has ended. */
  readonly onWait?: (() => (outcome: Outcome) => void) | undefined;
}

/** Memory for one body, which grows as that comes in. Disposing of it (twice is once) gives all of it back. */
export interface Reservation extends Disposable {
  /**
   * Makes it that large; undefined where there is room at once.
   *
   * @throws OverloadedError when the wait is too long; the signal's reason when that aborts first
   */
  growTo(bytes: number, caller: Caller): Promise<void> | undefined;
  /** It needs no more than that. */
  complete(bytes: number): void;
}

interface Holder {
  bytes: number;
  maxBytes: number;
}

interface Waiter {
  readonly holder: Holder;
  readonly toBytes: number;
  readonly enter: () => void;
}

/**
 * Memory that is reserved as it is needed: a body counts by what has come of it, not by what may come. Bodies that grow
 * could wait for one another for ever. So none may grow where the others could not come to their ends any more, one after
 * the other, with what is left (the banker's algorithm). Small ones always pass where they fit.
 */
export class MemoryPool {
  readonly #options: MemoryPoolOptions;
  readonly #holders = new Set<Holder>();
  readonly #waiters = new Set<Waiter>();
  #spent = 0;

  constructor(options: MemoryPoolOptions) {
    this.#options = options;
  }

  /** Bodies that have a reservation. */
  get inside(): number {
    return this.#holders.size;
  }

  /** Bodies that wait for theirs to grow. */
  get waiting(): number {
    return this.#waiters.size;
  }

  /** Bytes that are reserved. */
  get spent(): number {
    return this.#spent;
  }

  get budget(): number {
    return this.#options.budgetBytes;
  }

  /** Reserves nothing yet. */
  open(maxBytes: number): Reservation {
    if (maxBytes > this.budget) throw new RangeError(`${maxBytes} bytes exceed the budget of ${this.budget}`);
    const holder: Holder = { bytes: 0, maxBytes };
    this.#holders.add(holder);
    return {
      growTo: (bytes, caller) => this.#growTo(holder, Math.min(bytes, maxBytes), caller),
      complete: (bytes) => {
        const neededBytes = Math.min(bytes, holder.bytes);
        this.#resize(holder, neededBytes, neededBytes);
      },
      [Symbol.dispose]: () => {
        if (!this.#holders.delete(holder)) return;
        this.#resize(holder, 0, 0);
      },
    };
  }

  #growTo(holder: Holder, toBytes: number, caller: Caller): Promise<void> | undefined {
    if (toBytes <= holder.bytes) return undefined;
    if (this.#isSafe(holder, toBytes)) {
      this.#grow(holder, toBytes);
      return undefined;
    }
    return this.#wait(holder, toBytes, caller);
  }

  async #wait(holder: Holder, toBytes: number, caller: Caller): Promise<void> {
    const { promise: turn, resolve, reject } = Promise.withResolvers<undefined>();
    const waiter = { holder, toBytes, enter: () => resolve(undefined) };
    this.#waiters.add(waiter);
    const giveUp = (reason: Error) => {
      this.#waiters.delete(waiter);
      reject(reason);
    };
    const ended = this.#options.onWait?.();
    try {
      await waitTurn({ turn, giveUp, queueTimeoutMs: this.#options.queueTimeoutMs }, caller);
      ended?.({});
    } catch (error) {
      this.#waiters.delete(waiter);
      ended?.(rejected(error, caller.signal));
      throw error;
    }
  }

  #grow(holder: Holder, toBytes: number): void {
    // One that was given back while it waited has nothing to grow.
    if (!this.#holders.has(holder)) return;
    this.#spent += toBytes - holder.bytes;
    holder.bytes = toBytes;
  }

  /** To what is less than before, so that others may grow. */
  #resize(holder: Holder, bytes: number, maxBytes: number): void {
    this.#spent += bytes - holder.bytes;
    holder.bytes = bytes;
    holder.maxBytes = maxBytes;
    for (const waiter of this.#waiters) {
      if (!this.#isSafe(waiter.holder, waiter.toBytes)) continue;
      this.#waiters.delete(waiter);
      this.#grow(waiter.holder, waiter.toBytes);
      waiter.enter();
    }
  }

  /** Whether all could come to their ends, one after the other, once this one has grown. */
  #isSafe(growing: Holder, toBytes: number): boolean {
    let leftBytes = this.budget - this.#spent - (toBytes - growing.bytes);
    if (leftBytes < 0) return false;
    const wants = Array.from(this.#holders, (holder) => {
      const bytes = holder === growing ? toBytes : holder.bytes;
      return { bytes, moreBytes: holder.maxBytes - bytes };
    });
    // Each that ends gives back what it has, for those that want more.
    for (const { bytes, moreBytes } of wants.sort((one, other) => one.moreBytes - other.moreBytes)) {
      if (moreBytes > leftBytes) return false;
      leftBytes += bytes;
    }
    return true;
  }
}
