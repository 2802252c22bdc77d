import { raceSignal } from './race.ts';

interface Flight<V> {
  readonly result: Promise<V>;
  readonly controller: AbortController;
  waiting: number;
}

/** One for all: without a reason, each abort makes an exception of its own, with its stack. */
const NOBODY_WAITS = new Error('nobody waits for this work any more');

/**
 * Request coalescing: does identical work once. A caller that asks for a key whose work is under way waits for that
 * work's result. Each waiter can leave on its own; the work is aborted when the last one has left, and the next caller
 * starts again.
 */
export class SingleFlight<K, V> {
  readonly #flights = new Map<K, Flight<V>>();

  /**
   * @param signal the caller's own; when it aborts, this call rejects with its reason, whatever the others do
   * @param work is handed a signal that aborts once nobody waits any more
   */
  async run(key: K, signal: AbortSignal, work: (signal: AbortSignal) => Promise<V>): Promise<V> {
    signal.throwIfAborted();
    const flight = this.#flights.get(key) ?? this.#start(key, work);
    flight.waiting += 1;
    try {
      return await raceSignal(flight.result, signal);
    } finally {
      flight.waiting -= 1;
      if (flight.waiting === 0) {
        this.#forget(key, flight);
        flight.controller.abort(signal.reason ?? NOBODY_WAITS);
      }
    }
  }

  #start(key: K, work: (signal: AbortSignal) => Promise<V>): Flight<V> {
    const controller = new AbortController();
    const flight: Flight<V> = { result: work(controller.signal), controller, waiting: 0 };
    this.#flights.set(key, flight);
    // The waiters handle a rejection; this branch is for the one that comes after the last of them has left.
    flight.result.catch(() => undefined).finally(() => this.#forget(key, flight));
    return flight;
  }

  #forget(key: K, flight: Flight<V>): void {
    if (this.#flights.get(key) === flight) this.#flights.delete(key);
  }
}
