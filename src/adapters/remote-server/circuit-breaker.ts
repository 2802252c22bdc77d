import { CacheUnavailableError } from '../../ports/thumbnail-cache.ts';
import { Deadlines } from './deadlines.ts';

export interface ServerDeadlines {
  /** For one operation, waiting for the connection included. */
  readonly operationMs: number;
  /** For connecting, logging in and a first answer, which no request waits for longer than `operationMs`. */
  readonly connectMs: number;
  /** From an error to the next attempt to connect; twice as long after each error, until an operation succeeds. */
  readonly retryMs: number;
}

export interface ServerConnection {
  /** Resolves when the server has answered; rejects when the connection ends before. */
  readonly ready: Promise<void>;
  /** Ends the connection and rejects all that is under way, with the reason. */
  end(reason: Error): void;
}

export interface CircuitBreakerOptions<Connection extends ServerConnection> {
  /** What runs there, for messages: `redis`. */
  readonly program: string;
  /** `host:port`, as it is now. */
  readonly address: () => string;
  /** Opens a connection, which calls `onEnd` once, later, when it has come to its end. */
  readonly connect: (onEnd: (reason: Error) => void) => Connection;
  /** Whether the connection can be used on after an operation's error; after none where this is missing. */
  readonly isRecoverable?: (error: Error) => boolean;
  readonly deadlines: ServerDeadlines;
}

/**
 * Operations under way, which bounds the memory that they take: a task of 512 MiB has room for so many thumbnails of 200 kB. A
 * burst of 500 requests, of which each asks for two entries, is within it: what is beyond it is a miss, which costs more.
 */
const MAX_IN_FLIGHT = 1024;

/** The longest time between two attempts to connect, as a multiple of the shortest. */
const MAX_RETRY_FACTOR = 20;

/**
 * One server's connection behind a circuit breaker. Closed, it passes operations on. After an error it is open: it
 * rejects operations at once, so that no request is spent on finding out that an outage goes on. After a while it is
 * half-open: it connects by itself, still rejecting, and closes again once the server has answered.
 */
export class CircuitBreaker<Connection extends ServerConnection> {
  readonly #options: CircuitBreakerOptions<Connection>;
  readonly #operations: Deadlines;
  readonly #connects: Deadlines;
  #connection: Connection | undefined;
  /** The error that opened the circuit; undefined while it is closed. */
  #openedBy: Error | undefined;
  #retry: NodeJS.Timeout | undefined;
  #retryMs: number;
  #inFlight = 0;
  #closed = false;

  /** Begins to connect; what comes meanwhile waits for it, within its own deadline. */
  constructor(options: CircuitBreakerOptions<Connection>) {
    this.#options = options;
    this.#operations = new Deadlines(options.deadlines.operationMs);
    this.#connects = new Deadlines(options.deadlines.connectMs);
    this.#retryMs = options.deadlines.retryMs;
    this.#connect();
  }

  /** `host:port`. */
  get address(): string {
    return this.#options.address();
  }

  /** `redis at host:port`. */
  get description(): string {
    return `${this.#options.program} at ${this.address}`;
  }

  get state(): 'closed' | 'open' | 'half-open' {
    if (this.#openedBy === undefined) return 'closed';
    return this.#connection === undefined ? 'open' : 'half-open';
  }

  /** @throws CacheUnavailableError within the operation's deadline */
  async run<T>(operation: (connection: Connection) => Promise<T>): Promise<T> {
    if (this.#openedBy !== undefined) throw this.#unavailable(this.#openedBy);
    if (this.#inFlight >= MAX_IN_FLIGHT) throw this.#unavailable(new Error('too many operations under way'));
    const connection = this.#connection ?? this.#connect();
    const deadline = this.#operations.start((late) => connection.end(late));
    this.#inFlight += 1;
    try {
      await connection.ready;
      const result = await operation(connection);
      this.#retryMs = this.#options.deadlines.retryMs;
      return result;
    } catch (error) {
      if (this.#options.isRecoverable?.(error as Error) !== true) connection.end(error as Error);
      throw this.#unavailable(error as Error);
    } finally {
      this.#inFlight -= 1;
      this.#operations.end(deadline);
    }
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#openedBy = new Error('the cache was closed');
    this.#connection?.end(this.#openedBy);
  }

  #connect(): Connection {
    let isReady = false;
    const onEnd = (reason: Error) => {
      this.#connects.end(deadline);
      this.#connection = undefined;
      // A server may close a connection that nobody is using; the next operation opens another.
      if (!isReady || this.#inFlight > 0) this.#open(reason);
    };
    const connection = this.#options.connect(onEnd);
    const deadline = this.#connects.start((late) => connection.end(late));
    const onReady = () => {
      // It may have ended as it became ready.
      if (this.#connection !== connection) return;
      isReady = true;
      this.#connects.end(deadline);
      this.#openedBy = undefined;
    };
    connection.ready.then(onReady, () => undefined);
    this.#connection = connection;
    return connection;
  }

  #open(error: Error): void {
    if (this.#closed) return;
    this.#openedBy = error;
    this.#retry = setTimeout(() => this.#connect(), this.#retryMs).unref();
    this.#retryMs = Math.min(this.#retryMs * 2, this.#options.deadlines.retryMs * MAX_RETRY_FACTOR);
  }

  #unavailable(cause: Error): CacheUnavailableError {
    return new CacheUnavailableError(`${this.description}: ${reasonOf(cause)}`, { cause });
  }
}

/** A connection tried at several addresses fails with an AggregateError, whose message is empty. */
function reasonOf(error: Error & { code?: unknown }): string {
  return error.message === '' ? String(error.code) : error.message;
}
