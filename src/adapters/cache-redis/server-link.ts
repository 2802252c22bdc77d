import { CacheUnavailableError } from '../../ports/thumbnail-cache.ts';
import { Connection } from './connection.ts';
import { startDeadline } from './deadline.ts';
import { ErrorReply, reasonOf } from './faults.ts';
import type { RedisAddress } from './redis-address.ts';

export interface RedisDeadlines {
  /** For one operation, waiting for the connection included. */
  readonly operationMs: number;
  /** For connecting, TLS, logging in and a first answer, which no request waits for longer than `operationMs`. */
  readonly connectMs: number;
  /** From a fault to the next attempt to connect; twice as long after each fault, until an operation succeeds. */
  readonly retryMs: number;
}

export interface ServerLinkOptions {
  /** Where the server is now; its first answer, which has been waited for. */
  readonly address: RedisAddress;
  /** Asked again before every attempt to connect. */
  readonly currentAddress: () => Promise<RedisAddress>;
  readonly deadlines: RedisDeadlines;
}

/** Operations under way, beyond which more would only wait for one another. */
const MAX_IN_FLIGHT = 256;

/** The longest time between two attempts to connect, as a multiple of the shortest. */
const MAX_RETRY_FACTOR = 20;

/**
 * The way to the server: a connection while all is well, and after any fault none. Operations are then rejected at
 * once while the link tries to connect by itself, so that no request is spent on finding out that an outage goes on.
 */
export class ServerLink {
  readonly #options: ServerLinkOptions;
  #address: RedisAddress;
  #connection: Connection | undefined;
  #fault: Error | undefined;
  #retry: NodeJS.Timeout | undefined;
  #retryMs: number;
  #inFlight = 0;
  #closed = false;

  /** Begins to connect; what comes meanwhile waits for it, within its own deadline. */
  constructor(options: ServerLinkOptions) {
    this.#options = options;
    this.#address = options.address;
    this.#retryMs = options.deadlines.retryMs;
    this.#connect();
  }

  /** `redis at host:port`. */
  get description(): string {
    return `redis at ${this.#address.text}`;
  }

  /** @throws CacheUnavailableError within the operation's deadline */
  async run<T>(operation: (connection: Connection) => Promise<T>): Promise<T> {
    if (this.#fault !== undefined) throw this.#unavailable(this.#fault);
    if (this.#inFlight >= MAX_IN_FLIGHT) throw this.#unavailable(new Error('too many operations under way'));
    const connection = this.#connection ?? this.#connect();
    const deadline = startDeadline(this.#options.deadlines.operationMs, (late) => connection.end(late));
    this.#inFlight += 1;
    try {
      await connection.ready;
      const result = await operation(connection);
      this.#retryMs = this.#options.deadlines.retryMs;
      return result;
    } catch (error) {
      if (!(error instanceof ErrorReply) || error.isMoved) connection.end(error as Error);
      throw this.#unavailable(error as Error);
    } finally {
      this.#inFlight -= 1;
      deadline[Symbol.dispose]();
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
      deadline[Symbol.dispose]();
      this.#connection = undefined;
      // A server may close a connection that nobody is using; the next operation opens another.
      if (!isReady || this.#inFlight > 0) this.#rest(reason);
    };
    const connection = new Connection({ address: () => this.#askAddress(), onEnd });
    const deadline = startDeadline(this.#options.deadlines.connectMs, (late) => connection.end(late));
    const onReady = () => {
      isReady = true;
      deadline[Symbol.dispose]();
      this.#fault = undefined;
    };
    connection.ready.then(onReady, () => undefined);
    this.#connection = connection;
    return connection;
  }

  async #askAddress(): Promise<RedisAddress> {
    this.#address = await this.#options.currentAddress();
    return this.#address;
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
