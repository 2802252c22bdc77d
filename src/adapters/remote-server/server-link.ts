import { CacheUnavailableError } from '../../ports/thumbnail-cache.ts';
import { Deadlines } from './deadlines.ts';

export interface LinkDeadlines {
  /** For one operation, waiting for the connection included. */
  readonly operationMs: number;
  /** For connecting, logging in and a first answer, which no request waits for longer than `operationMs`. */
  readonly connectMs: number;
  /** From a fault to the next attempt to connect; twice as long after each fault, until an operation succeeds. */
  readonly retryMs: number;
}

export interface LinkConnection {
  /** Resolves when the server has answered; rejects when the connection ends before. */
  readonly ready: Promise<void>;
  /** Ends the connection and rejects all that is under way, with the reason. */
  end(reason: Error): void;
}

export interface ServerLinkOptions<Connection extends LinkConnection> {
  /** What runs there, for messages: `redis`. */
  readonly program: string;
  /** `host:port`, as it is now. */
  readonly address: () => string;
  /** Opens a connection, which calls `onEnd` once, later, when it has come to its end. */
  readonly connect: (onEnd: (reason: Error) => void) => Connection;
  /** Whether an operation's fault leaves the connection in order; none does where this is missing. */
  readonly isHarmless?: (fault: Error) => boolean;
  readonly deadlines: LinkDeadlines;
}

/** Operations under way, beyond which more would only wait for one another. */
const MAX_IN_FLIGHT = 256;

/** The longest time between two attempts to connect, as a multiple of the shortest. */
const MAX_RETRY_FACTOR = 20;

/**
 * The way to one server: a connection while all is well, and after any fault none. Operations are then rejected at
 * once while the link tries to connect by itself, so that no request is spent on finding out that an outage goes on.
 */
export class ServerLink<Connection extends LinkConnection> {
  readonly #options: ServerLinkOptions<Connection>;
  readonly #operations: Deadlines;
  readonly #connects: Deadlines;
  #connection: Connection | undefined;
  #fault: Error | undefined;
  #retry: NodeJS.Timeout | undefined;
  #retryMs: number;
  #inFlight = 0;
  #closed = false;

  /** Begins to connect; what comes meanwhile waits for it, within its own deadline. */
  constructor(options: ServerLinkOptions<Connection>) {
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

  /** False from a fault until a connection has proved itself. */
  get isUp(): boolean {
    return this.#fault === undefined;
  }

  /** @throws CacheUnavailableError within the operation's deadline */
  async run<T>(operation: (connection: Connection) => Promise<T>): Promise<T> {
    if (this.#fault !== undefined) throw this.#unavailable(this.#fault);
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
      if (this.#options.isHarmless?.(error as Error) !== true) connection.end(error as Error);
      throw this.#unavailable(error as Error);
    } finally {
      this.#inFlight -= 1;
      this.#operations.end(deadline);
    }
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#retry);
    this.#fault = new Error('the cache was closed');
    this.#connection?.end(this.#fault);
  }

  #connect(): Connection {
    let isReady = false;
    const onEnd = (reason: Error) => {
      this.#connects.end(deadline);
      this.#connection = undefined;
      // A server may close a connection that nobody is using; the next operation opens another.
      if (!isReady || this.#inFlight > 0) this.#rest(reason);
    };
    const connection = this.#options.connect(onEnd);
    const deadline = this.#connects.start((late) => connection.end(late));
    const onReady = () => {
      isReady = true;
      this.#connects.end(deadline);
      this.#fault = undefined;
    };
    connection.ready.then(onReady, () => undefined);
    this.#connection = connection;
    return connection;
  }

  #rest(fault: Error): void {
    if (this.#closed) return;
    this.#fault = fault;
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
