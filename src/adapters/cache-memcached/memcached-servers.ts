import type { CacheKey } from '../../domain/cache/cache-key.ts';
import { CacheUnavailableError } from '../../ports/thumbnail-cache.ts';
import { type ServerDeadlines, CircuitBreaker } from '../remote-server/circuit-breaker.ts';
import { ServerPool } from '../remote-server/server-pool.ts';
import { parseMemcachedServers } from '../../domain/cache/servers/memcached-list.ts';
import type { ServerAddress } from '../../domain/cache/servers/server-address.ts';
import { Connection } from './connection.ts';
import { discoverNodes } from './discovery.ts';
import type { MemcachedConnection } from './memcached-connection.ts';
import { rendezvousOrder } from './rendezvous-hashing.ts';

export interface MemcachedServersOptions {
  /** Asked whenever a connection is opened, and again every `refreshMs`. */
  readonly connection: () => Promise<MemcachedConnection>;
  /** Milliseconds from one reading of the list of servers to the next. */
  readonly refreshMs: number;
  readonly deadlines: ServerDeadlines;
}

/** Milliseconds until a list is asked for again where there is none. */
const RETRY_MS = 500;

/** The servers of a list that may change, each behind a circuit breaker; knows which of them has a key. */
export class MemcachedServers {
  readonly #options: MemcachedServersOptions;
  readonly #servers = new ServerPool((address: ServerAddress) => this.#breakerTo(address));
  #refreshedAtMs = performance.now();
  readonly #endpoints: readonly string[];
  /** Why the list could not be read, the last time. */
  #failure: Error | undefined;

  /** Begins to connect to the servers of a list, or to ask for one. */
  constructor(options: MemcachedServersOptions, first: MemcachedConnection) {
    this.#options = options;
    const listed = parseMemcachedServers(first.servers);
    this.#endpoints = listed.map(({ text }) => text);
    if (first.discovery !== true) this.#servers.use(listed);
  }

  /** `host:port` of each, separated by commas; of those that are to name them, while none is known. */
  get description(): string {
    const known = this.all().map(({ address }) => address);
    return (known.length === 0 ? this.#endpoints : known).join(', ');
  }

  /** The first in the key's order whose circuit is closed. */
  serverFor(key: CacheKey): CircuitBreaker<Connection> {
    const ranked = rendezvousOrder(this.all(), key);
    const server = ranked.find(({ state }) => state === 'closed') ?? ranked[0];
    if (server !== undefined) return server;
    const cause = this.#failure ?? new Error('there is no memcached server');
    throw new CacheUnavailableError(cause.message, { cause });
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
    const afterMs = this.all().length === 0 ? RETRY_MS : this.#options.refreshMs;
    if (performance.now() - this.#refreshedAtMs >= afterMs) this.readList().catch(() => undefined);
  }

  /** Reads the list now. Where it cannot be read, it stays as it was. */
  async readList(): Promise<void> {
    this.#refreshedAtMs = performance.now();
    try {
      const connection = await this.#options.connection();
      const listed = parseMemcachedServers(connection.servers);
      this.#servers.use(connection.discovery === true ? await this.#discover(listed, connection) : listed);
      this.#failure = undefined;
    } catch (error) {
      this.#failure = error as Error;
      throw error;
    }
  }

  /** As `readList`, where other processes may know of servers that this one has not heard of yet. */
  async readDiscoveredList(): Promise<void> {
    const { discovery = false } = await this.#options.connection();
    if (discovery) await this.readList();
  }

  /** Rejects what is under way on any of them. */
  close(): void {
    this.#servers.close();
  }

  /** Any of several endpoints will do. */
  async #discover(
    endpoints: readonly ServerAddress[],
    { tls = false }: MemcachedConnection,
  ): Promise<readonly ServerAddress[]> {
    const options = { tls, timeoutMs: this.#options.deadlines.connectMs };
    try {
      return await Promise.any(endpoints.map((endpoint) => discoverNodes(endpoint, options)));
    } catch (error) {
      throw (error as AggregateError).errors[0];
    }
  }

  /** A list that has changed is used at once. */
  async #credentials(): Promise<MemcachedConnection> {
    const connection = await this.#options.connection();
    if (connection.discovery !== true) this.#servers.use(parseMemcachedServers(connection.servers));
    return connection;
  }

  #breakerTo(address: ServerAddress): CircuitBreaker<Connection> {
    return new CircuitBreaker({
      program: 'memcached',
      address: () => address.text,
      connect: (onEnd) => new Connection({ address, credentials: () => this.#credentials(), onEnd }),
      deadlines: this.#options.deadlines,
    });
  }
}
