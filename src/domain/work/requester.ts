/**
 * For whom work is done: it says whose turns it may take in a queue, and how much of its time to wait it has used. A
 * request has one client; work that several requests wait for has the clients of all of them.
 */
export class Requester {
  readonly #clients: Set<string>;
  readonly #listeners = new Set<(client: string) => void>();
  #waitedMs = 0;

  /** @param client as far as clients can be told apart: its requests share one turn in each queue */
  constructor(client = '') {
    this.#clients = new Set([client]);
  }

  /** For work that others may join who want its result, too. */
  static sharing(first: Requester): Requester {
    const [client] = first.clients;
    const shared = new Requester(client);
    shared.#waitedMs = first.waitedMs;
    shared.join(first);
    return shared;
  }

  get clients(): ReadonlySet<string> {
    return this.#clients;
  }

  /** In all queues together, in milliseconds: the limit on waiting is for the whole request. */
  get waitedMs(): number {
    return this.#waitedMs;
  }

  countWait(milliseconds: number): void {
    this.#waitedMs += milliseconds;
  }

  /** From now on, the work may take the other's turns too, and those of all who join that. */
  join(other: Requester): void {
    const add = (client: string) => {
      if (this.#clients.has(client)) return;
      this.#clients.add(client);
      for (const listener of this.#listeners) listener(client);
    };
    for (const client of other.#clients) add(client);
    other.#listeners.add(add);
  }

  /** Tells of each further client, until it is disposed of. */
  onJoin(listener: (client: string) => void): Disposable {
    this.#listeners.add(listener);
    return { [Symbol.dispose]: () => this.#listeners.delete(listener) };
  }
}

/** Somebody who waits for an answer. */
export interface Caller {
  readonly requester: Requester;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}
