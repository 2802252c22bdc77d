import type { CacheKey } from '../../domain/cache/cache-key.ts';
import { CacheUnavailableError } from '../../ports/thumbnail-cache.ts';
import { type ServerDeadlines, CircuitBreaker } from '../remote-server/circuit-breaker.ts';
import { ServerPool } from '../remote-server/server-pool.ts';
import type { ServerAddress } from '../remote-server/server-address.ts';
import { Connection } from './connection.ts';
import { type MemcachedConnection, parseServers } from './memcached-connection.ts';
import { rendezvousOrder } from './rendezvous-hashing.ts';

export interface MemcachedServersOptions {
  /** Asked whenever a connection is opened, and again every `refreshMs`. */
  readonly connection: () => Promise<MemcachedConnection>;
  /** Milliseconds from one reading of the list of servers to the next. */
  readonly refreshMs: number;
  readonly deadlines: ServerDeadlines;
}

/** The servers of a list that may change, each behind a circuit breaker; knows which of them has a key. */
export class MemcachedServers {
  readonly #options: MemcachedServersOptions;
  readonly #servers = new ServerPool((address: ServerAddress) => this.#breakerTo(address));
  #refreshedAtMs = performance.now();

  /** Begins to connect to all of them. */
  constructor(options: MemcachedServersOptions, addresses: readonly ServerAddress[]) {
    this.#options = options;
    this.#servers.use(addresses);
  }

  /** `host:port` of each, separated by commas. */
  get description(): string {
    return this.all()
      .map(({ address }) => address)
      .join(', ');
  }

  /** The first in the key's order whose circuit is closed. */
  serverFor(key: CacheKey): CircuitBreaker<Connection> {
    const ranked = rendezvousOrder(this.all(), key);
    const server = ranked.find(({ state }) => state === 'closed') ?? ranked[0];
    if (server === undefined) throw new CacheUnavailableError('there is no memcached server');
    return server;
  }

  /** Each of them may come to be asked for a key, while others are down. */
  all(): readonly CircuitBreaker<Connection>[] {
    return this.#servers.all();
  }

  /**
   * Reads the list again if the last reading was long ago: behind an operation, which does not wait for it. A list that
   * cannot be read now is read later.
   */
  refresh(): void {
    const now = performance.now();
    if (now - this.#refreshedAtMs < this.#options.refreshMs) return;
    this.#refreshedAtMs = now;
    this.#connection().catch(() => undefined);
  }

  /** Rejects what is under way on any of them. */
  close(): void {
    this.#servers.close();
  }

  async #connection(): Promise<MemcachedConnection> {
    const connection = await this.#options.connection();
    this.#servers.use(parseServers(connection.servers));
    return connection;
  }

  #breakerTo(address: ServerAddress): CircuitBreaker<Connection> {
    return new CircuitBreaker({
      program: 'memcached',
      address: () => address.text,
      connect: (onEnd) => new Connection({ address, credentials: () => this.#connection(), onEnd }),
      deadlines: this.#options.deadlines,
    });
  }
}
