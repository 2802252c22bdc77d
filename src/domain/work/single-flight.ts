import { OverloadedError } from '../errors/index.ts';
import { raceSignal } from './race.ts';
import { type Caller, Requester } from './requester.ts';

interface Flight<V> {
  readonly result: Promise<V>;
  /** All who wait for it. */
  readonly requester: Requester;
  readonly controller: AbortController;
  holders: number;
  isDone: boolean;
}

/** A share in the result of work that several wait for. Disposing of it lets go of the result (twice is once). */
export interface Share<V> extends Disposable {
  readonly value: V;
  /** Another share in the same result. */
  readonly hold: () => Disposable;
}

/** One for all: without a reason, each abort makes an exception of its own, with its stack. */
const NOBODY_WAITS = new Error('nobody waits for this work any more');

type SharedWork<V> = (caller: Caller) => Promise<V>;

/**
 * Request coalescing: does identical work once. A caller that asks for a key whose work is under way waits for that
 * work's result. Each waiter can leave on its own; the work is aborted when the last one has left, and the next caller
 * starts again.
 */
export class SingleFlight<K, V> {
  readonly #flights = new Map<K, Flight<V>>();

  /**
   * @param caller when its signal aborts, this call rejects with the reason, whatever the others do
   * @param work is handed a requester that has the turns of all who wait, and a signal that aborts once nobody does
   */
  async run(key: K, caller: Caller, work: SharedWork<V>): Promise<V> {
    using share = await this.join(key, caller, work);
    return share.value;
  }

  /**
   * As `run`, for a result that has to be given back: the work's signal aborts once nobody has a share in it any more.
   * Others may join until the first has let go of the result.
   */
  async join(key: K, caller: Caller, work: SharedWork<V>): Promise<Share<V>> {
    const isFirst = !this.#flights.has(key);
    try {
      return await this.#join(key, caller, work);
    } catch (error) {
      // The work had to wait longer than its first caller may; one that came later has time left for another try.
      if (isFirst || !(error instanceof OverloadedError)) throw error;
      return await this.#join(key, caller, work);
    }
  }

  async #join(key: K, { requester, signal }: Caller, work: SharedWork<V>): Promise<Share<V>> {
    signal.throwIfAborted();
    const running = this.#flights.get(key);
    const { waitedMs } = running?.requester ?? requester;
    const flight = running ?? this.#start(key, requester, work);
    flight.requester.join(requester);
    const hold = () => this.#hold(key, flight, signal);
    const own = hold();
    try {
      return { value: await raceSignal(flight.result, signal), hold, ...own };
    } catch (error) {
      own[Symbol.dispose]();
      throw error;
    } finally {
      requester.countWait(flight.requester.waitedMs - waitedMs);
    }
  }

  #hold(key: K, flight: Flight<V>, signal: AbortSignal): Disposable {
    let isHeld = true;
    flight.holders += 1;
    const letGo = () => {
      if (!isHeld) return;
      isHeld = false;
      flight.holders -= 1;
      if (flight.isDone || flight.holders === 0) this.#forget(key, flight);
      if (flight.holders === 0) flight.controller.abort(signal.reason ?? NOBODY_WAITS);
    };
    return { [Symbol.dispose]: letGo };
  }

  #start(key: K, first: Requester, work: SharedWork<V>): Flight<V> {
    const controller = new AbortController();
    const requester = Requester.sharing(first);
    const result = work({ requester, signal: controller.signal });
    const flight: Flight<V> = { result, requester, controller, holders: 0, isDone: false };
    this.#flights.set(key, flight);
    // The waiters handle a rejection, unless it comes after the last of them has left.
    flight.result.then(
      () => (flight.isDone = true),
      () => this.#forget(key, flight),
    );
    return flight;
  }

  #forget(key: K, flight: Flight<V>): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }
}
