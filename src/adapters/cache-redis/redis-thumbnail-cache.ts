import { randomUUID } from 'node:crypto';
import { decodeCacheEntry, encodeCacheEntry } from '../../domain/cache/cache-entry-codec.ts';
import type { CacheKey } from '../../domain/cache/cache-key.ts';
import type { CacheEntry } from '../../domain/cache/cache-entry.ts';
import {
  CacheUnavailableError,
  type Lease,
  type PublishMode,
  type ThumbnailCache,
  UNSHARED_LEASE,
} from '../../ports/thumbnail-cache.ts';
import { type ServerDeadlines, CircuitBreaker } from '../remote-server/circuit-breaker.ts';
import { Connection } from './connection.ts';
import { isRecoverable } from './redis-errors.ts';
import { type RedisAddress, parseRedisUrl } from './redis-address.ts';

/** Where the server is: `redis://user:password@host:port/database`, or `rediss://…` for TLS; the host alone is needed. */
export interface RedisConnection {
  readonly url: string;
}

export interface RedisThumbnailCacheOptions {
  /** Asked whenever a connection is opened, so that a changed address or password is taken up after a fault. */
  readonly connection: () => Promise<RedisConnection>;
  /** Before every key: a server may be shared with other programs, and a user of it be restricted to some keys. */
  readonly namespace?: string;
  readonly deadlines?: Partial<ServerDeadlines>;
}

/** A request makes a `get` and a `set`, so an outage can cost it twice the first: 200 ms. */
const DEADLINES: ServerDeadlines = { operationMs: 100, connectMs: 1000, retryMs: 100 };

/** 4 MiB take 34 ms at 1 Gbit/s. Redis holds more, but what stays on its way past the deadline looks like an outage. */
const MAX_VALUE_BYTES = 4 * 1024 * 1024;

/**
 * Keeps entries in a Redis server or what speaks its protocol, over ioredis. Which entries go when its memory is full
 * is set there: `maxmemory-policy allkeys-lru`.
 *
 * An entry above 4 MiB is not kept, and the older one under its key is deleted.
 */
export class RedisThumbnailCache implements ThumbnailCache {
  readonly #server: CircuitBreaker<Connection>;
  readonly #namespace: string;
  #address: RedisAddress;
  #closed = false;

  /**
   * Asks for the connection and begins to connect, without waiting for the server.
   *
   * @throws what `connection` rejects with; Error when its URL is none
   */
  static async open(options: RedisThumbnailCacheOptions): Promise<RedisThumbnailCache> {
    return new RedisThumbnailCache(options, parseRedisUrl((await options.connection()).url));
  }

  private constructor(options: RedisThumbnailCacheOptions, address: RedisAddress) {
    const { connection, namespace = 'thumbnailer', deadlines } = options;
    this.#address = address;
    this.#namespace = namespace;
    const askAddress = async () => (this.#address = parseRedisUrl((await connection()).url));
    this.#server = new CircuitBreaker({
      program: 'redis',
      address: () => this.#address.text,
      connect: (onEnd) => new Connection({ address: askAddress, probeKey: this.#nameOf('probe'), onEnd }),
      isRecoverable,
      deadlines: { ...DEADLINES, ...deadlines },
    });
  }

  get description(): string {
    return this.#server.description;
  }

  /** @throws CacheUnavailableError */
  async get(key: CacheKey): Promise<CacheEntry | undefined> {
    if (this.#closed) return undefined;
    const value = await this.#server.run((connection) => connection.get(this.#nameOf(key)));
    return value === undefined ? undefined : decodeCacheEntry(key, value);
  }

  /** @throws CacheUnavailableError */
  async set(key: CacheKey, entry: CacheEntry, ttlMs: number): Promise<boolean> {
    if (this.#closed) return false;
    const [name, value] = [this.#nameOf(key), encodeCacheEntry(key, entry)];
    const isKept = ttlMs >= 1 && value.length <= MAX_VALUE_BYTES;
    await this.#server.run((connection) =>
      isKept ? connection.set(name, value, wholeMs(ttlMs)) : connection.delete(name),
    );
    return isKept;
  }

  /**
   * Under the name of the server's run: after a restart, which may bring older data back, or with another server that has
   * taken over, nothing is found that was published before.
   *
   * @throws CacheUnavailableError
   */
  async publish(key: CacheKey, entry: CacheEntry, ttlMs: number, mode: PublishMode): Promise<boolean> {
    if (this.#closed) throw new CacheUnavailableError('the cache was closed');
    const [value, time] = [encodeCacheEntry(key, entry), wholeMs(ttlMs)];
    return this.#server.run(async (connection) => {
      const name = this.#publishedName(key, connection);
      if (mode === 'add') return connection.setIfAbsent(name, value, time);
      await connection.set(name, value, time);
      return true;
    });
  }

  /** @throws CacheUnavailableError */
  async getPublished(key: CacheKey): Promise<CacheEntry | undefined> {
    if (this.#closed) return undefined;
    const value = await this.#server.run((connection) =>
      connection.get(this.#publishedName(key, connection)),
    );
    return value === undefined ? undefined : decodeCacheEntry(key, value);
  }

  /** @throws CacheUnavailableError */
  async lease(key: CacheKey, ttlMs: number): Promise<Lease | undefined> {
    if (this.#closed) return UNSHARED_LEASE;
    const [leaseKey, token] = [this.#nameOf(`lease:${key}`), randomUUID()];
    const isOurs = await this.#server.run((connection) =>
      connection.setIfAbsent(leaseKey, token, Math.max(1, wholeMs(ttlMs))),
    );
    if (!isOurs) return undefined;
    return {
      release: () => this.#release(leaseKey, token),
      renew: (forMs) => this.#renew(leaseKey, token, forMs),
    };
  }

  /** Rejects what is under way. */
  close(): Promise<void> {
    this.#closed = true;
    this.#server.close();
    return Promise.resolve();
  }

  #nameOf(key: string): string {
    return `${this.#namespace}:${key}`;
  }

  #publishedName(key: CacheKey, { runId }: Connection): string {
    return this.#nameOf(`${key}:${runId}`);
  }

  /**
   * In two steps, because many a user may run no script. Should the lease pass to another in between, the same is made
   * once more, and nothing else is amiss.
   */
  async #release(leaseKey: string, token: string): Promise<void> {
    if (this.#closed) return;
    await this.#server.run(async (connection) => {
      if (await isUnder(connection, leaseKey, token)) await connection.delete(leaseKey);
    });
  }

  /** As `#release`. */
  async #renew(leaseKey: string, token: string, ttlMs: number): Promise<boolean> {
    if (this.#closed) return false;
    return this.#server.run(async (connection) => {
      if (!(await isUnder(connection, leaseKey, token))) return false;
      return connection.setIfPresent(leaseKey, token, Math.max(1, wholeMs(ttlMs)));
    });
  }
}

async function isUnder(connection: Connection, key: string, value: string): Promise<boolean> {
  return (await connection.get(key))?.toString() === value;
}

/** All that Redis takes for a time to live: it has none that is endless but also refuses one that overflows its clock. */
function wholeMs(ttlMs: number): number {
  return Math.floor(Math.min(ttlMs, Number.MAX_SAFE_INTEGER));
}
