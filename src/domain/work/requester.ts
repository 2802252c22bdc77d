/** For whom work is done: it says whose turn it is in a queue, and how much of its time to wait a request has used. */
export class Requester {
  /** The client, as far as clients can be told apart: its requests share one turn in each queue. */
  readonly client: string;
  #waitedMs = 0;

  constructor(client = '') {
    this.client = client;
  }

  /** In all queues together, in milliseconds: the limit on waiting is for the whole request. */
  get waitedMs(): number {
    return this.#waitedMs;
  }

  countWait(milliseconds: number): void {
    this.#waitedMs += milliseconds;
  }
}

/** Somebody who waits for an answer. */
export interface Caller {
  readonly requester: Requester;
  /** Aborts when nobody waits for the answer any more. */
  readonly signal: AbortSignal;
}
