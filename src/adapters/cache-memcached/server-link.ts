import { CacheUnavailableError } from '../../ports/thumbnail-cache.ts';
import { Connection, type ConnectionOptions } from './connection.ts';
import type { ServerAddress } from './memcached-connection.ts';

export interface MemcachedDeadlines {
  /** For one operation, waiting for the connection included. */
  readonly operationMs: number;
  /** For connecting, logging in and a first answer, which no request waits for longer than `operationMs`. */
  readonly connectMs: number;
  /** From a fault to the next attempt to connect; twice as long after each fault, until an operation succeeds. */
  readonly retryMs: number;
}

export interface ServerLinkOptions extends Pick<ConnectionOptions, 'address' | 'credentials'> {
  readonly deadlines: MemcachedDeadlines;
}

/** Operations under way, beyond which more would only wait for one another. */
const MAX_IN_FLIGHT = 256;

/** The longest time between two attempts to connect, as a multiple of the shortest. */
const MAX_RETRY_FACTOR = 20;

/**
 * The way to one server: a connection while all is well, and after any fault none. Operations are then rejected at
 * once while the link tries to connect by itself, so that no request is spent on finding out that an outage goes on.
 */
export class ServerLink {
  readonly address: ServerAddress;
  readonly #options: ServerLinkOptions;
  #connection: Connection | undefined;
  #fault: Error | undefined;
  #retry: NodeJS.Timeout | undefined;
  #retryMs: number;
  #inFlight = 0;
  #closed = false;

  /** Begins to connect; what comes meanwhile waits for it, within its own deadline. */
  constructor(options: ServerLinkOptions) {
    this.address = options.address;
    this.#options = options;
    this.#retryMs = options.deadlines.retryMs;
    this.#connect();
  }

  /** False from a fault until a connection has proved itself. */
  get isUp(): boolean {
    return this.#fault === undefined;
  }

  /** @throws CacheUnavailableError within the operation's deadline; every such fault costs the connection */
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
      connection.end(error as Error);
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
    const { address, credentials, deadlines } = this.#options;
    let isReady = false;
    const onEnd = (reason: Error) => {
      deadline[Symbol.dispose]();
      this.#connection = undefined;
      // A server may close a connection that nobody is using; the next operation opens another.
      if (!isReady || this.#inFlight > 0) this.#rest(reason);
    };
    const connection = new Connection({ address, credentials, onEnd });
    const deadline = startDeadline(deadlines.connectMs, (late) => connection.end(late));
    const onReady = () => {
      isReady = true;
      deadline[Symbol.dispose]();
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
    return new CacheUnavailableError(`memcached at ${this.address.text}: ${reasonOf(cause)}`, { cause });
  }
}

/** Calls back when the time is over and what has arrived by then has been read. */
function startDeadline(milliseconds: number, onLate: (error: Error) => void): Disposable {
  let lastLook: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => {
    // In a loop that was held up, timers come before the sockets whose answer is there already.
    lastLook = setImmediate(() => onLate(new Error(`no answer within ${milliseconds} ms`)));
  }, milliseconds);
  const stop = () => {
    clearTimeout(timer);
    clearImmediate(lastLook);
  };
  return { [Symbol.dispose]: stop };
}

/** A connection tried at several addresses fails with an AggregateError, whose message is empty. */
function reasonOf(error: Error & { code?: unknown }): string {
  return error.message === '' ? String(error.code) : error.message;
}
