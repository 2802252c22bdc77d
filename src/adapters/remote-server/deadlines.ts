import { UnderWay } from './under-way.ts';

/** One that is running, from `start` to its `end`. */
export interface Deadline {
  readonly onLate: (error: Error) => void;
}

interface Running extends Deadline {
  /** Infinity until the turn of the event loop is over in which it was started. */
  dueAtMs: number;
  place: number;
}

/**
 * Deadlines of one length, however many at a time, on one timer: at tens of thousands of operations a second a timer for
 * each costs as much as the operation. They count from the end of the turn in which they were started, when what
 * was asked in it goes out.
 */
export class Deadlines {
  readonly #milliseconds: number;
  readonly #describe: (milliseconds: number) => string;
  readonly #running = new UnderWay<Running>();
  #startedInThisTurn: Running[] = [];
  #timer: NodeJS.Timeout | undefined;

  /** @param describe the message for one that is late, of its length in milliseconds */
  constructor(milliseconds: number, describe = (length: number) => `no answer within ${length} ms`) {
    this.#milliseconds = milliseconds;
    this.#describe = describe;
  }

  /** Calls back once, unless it is ended before, when the time is over and what has arrived by then has been read. */
  start(onLate: (error: Error) => void): Deadline {
    const deadline = { onLate, dueAtMs: Infinity, place: -1 };
    deadline.place = this.#running.add(deadline);
    if (this.#startedInThisTurn.push(deadline) === 1) setImmediate(() => this.#endTurn());
    return deadline;
  }

  /** To be called when what was waited for has come; twice is once. */
  end(deadline: Deadline): void {
    const running = deadline as Running;
    this.#running.remove(running, running.place);
  }

  #endTurn(): void {
    const dueAtMs = performance.now() + this.#milliseconds;
    for (const deadline of this.#startedInThisTurn) deadline.dueAtMs = dueAtMs;
    this.#startedInThisTurn = [];
    if (this.#timer === undefined) this.#timer = this.#lookIn(this.#milliseconds);
  }

  /** What is waited for keeps the process alive by itself, if it is to be. */
  #lookIn(milliseconds: number): NodeJS.Timeout {
    return setTimeout(() => {
      const nowMs = performance.now();
      // In a loop that was held up, timers come before the sockets whose answer is there already.
      setImmediate(() => this.#giveUp(nowMs));
    }, milliseconds).unref();
  }

  #giveUp(nowMs: number): void {
    const late = [...this.#running].filter(({ dueAtMs }) => dueAtMs <= nowMs).sort(byTime);
    for (const deadline of late) {
      this.end(deadline);
      deadline.onLate(new Error(this.#describe(this.#milliseconds)));
    }
    const leftMs = Math.min(...Array.from(this.#running, ({ dueAtMs }) => dueAtMs)) - nowMs;
    // What was started in this turn is looked to at the end of it.
    this.#timer = leftMs === Infinity ? undefined : this.#lookIn(leftMs);
  }
}

function byTime(one: Running, other: Running): number {
  return one.dueAtMs - other.dueAtMs;
}
