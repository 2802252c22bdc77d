import { randomUUID } from 'node:crypto';
import { decodeCacheEntry, encodeCacheEntry } from '../../domain/cache/cache-entry-codec.ts';
import type { CacheEntry } from '../../domain/cache/cache-entry.ts';
import type { CacheKey } from '../../domain/cache/cache-key.ts';
import {
  type CacheEntryPair,
  CacheRefusal,
  CacheUnavailableError,
  type Lease,
  type PublishMode,
  type ThumbnailCache,
  UNSHARED_LEASE,
} from '../../ports/thumbnail-cache.ts';
import type { ServerDeadlines, CircuitBreaker } from '../remote-server/circuit-breaker.ts';
import type { Connection } from './connection.ts';
import type { MemcachedConnection } from './memcached-connection.ts';
import { MemcachedServers } from './memcached-servers.ts';
import { type Version, isUnversioned } from './requests.ts';

export interface MemcachedThumbnailCacheOptions {
  /**
   * Asked whenever a connection is opened, so that changed credentials are taken up after a fault, and now and then
   * besides, so that a changed list of servers is taken up while all is well.
   */
  readonly connection: () => Promise<MemcachedConnection>;
  /** Milliseconds from one reading of the list of servers to the next. */
  readonly refreshMs?: number;
  /** Before every key. */
  readonly namespace?: string;
  readonly deadlines?: Partial<ServerDeadlines>;
}

/** A request makes a `get` and a `set`, so an outage can cost it twice the first: 200 ms. */
const DEADLINES: ServerDeadlines = { operationMs: 100, connectMs: 1000, retryMs: 100 };

const REFRESH_MS = 10_000;

/** A memcached item may have 1 MiB, its header and its key included. */
const MAX_VALUE_BYTES = 1024 * 1024 - 512;

/** 30 days: memcached takes more for a date. */
const MAX_EXPIRY_SECONDS = 2_592_000;

/**
 * Keeps entries in one or several memcached servers, over memjs's binary protocol, with SASL where there are
 * credentials. Each server has its own connection and its own faults: while one is down, its keys go to the others.
 *
 * An entry above 1 MiB - 512 bytes is not kept, and the older one under its key is deleted, as memcached itself does.
 */
export class MemcachedThumbnailCache implements ThumbnailCache {
  readonly #servers: MemcachedServers;
  readonly #namespace: string;
  #closed = false;

  /**
   * Asks for the connection and begins to connect, without waiting for any server; but for a configuration endpoint it
   * waits as long as connecting may take.
   *
   * @throws what `connection` rejects with; Error when the list of servers is none
   */
  static async open(options: MemcachedThumbnailCacheOptions): Promise<MemcachedThumbnailCache> {
    const first = await options.connection();
    const cache = new MemcachedThumbnailCache(options, first);
    if (first.discovery === true) await cache.#servers.readList().catch(() => undefined);
    return cache;
  }

  private constructor(
    { connection, refreshMs = REFRESH_MS, namespace, deadlines }: MemcachedThumbnailCacheOptions,
    first: MemcachedConnection,
  ) {
    const options = { connection, refreshMs, deadlines: { ...DEADLINES, ...deadlines } };
    this.#servers = new MemcachedServers(options, first);
    this.#namespace = namespace ?? 'thumbnailer';
  }

  get description(): string {
    return `memcached at ${this.#servers.description}`;
  }

  /** @throws CacheUnavailableError */
  async get(key: CacheKey): Promise<CacheEntry | undefined> {
    if (this.#closed) return undefined;
    this.#servers.refresh();
    const value = await this.#servers.serverFor(key).run((connection) => connection.get(this.#nameOf(key)));
    return value === undefined ? undefined : decodeCacheEntry(key, value);
  }

  /** In one request where one server has both keys. @throws CacheUnavailableError */
  async getPair(key: CacheKey, publishedKey: CacheKey): Promise<CacheEntryPair> {
    if (this.#closed) return [undefined, undefined];
    this.#servers.refresh();
    const server = this.#servers.serverFor(key);
    if (server !== this.#servers.serverFor(publishedKey))
      return Promise.all([this.get(key), this.get(publishedKey)]);
    const [first, published] = await server.run((connection) =>
      connection.getPair(this.#nameOf(key), this.#nameOf(publishedKey)),
    );
    return [first && decodeCacheEntry(key, first), published && decodeCacheEntry(publishedKey, published)];
  }

  /** @throws CacheUnavailableError */
  async set(key: CacheKey, entry: CacheEntry, ttlMs: number): Promise<boolean> {
    if (this.#closed) return false;
    const server = this.#servers.serverFor(key);
    const value = encodeCacheEntry(key, entry);
    const name = this.#nameOf(key);
    if (!(ttlMs > 0) || value.length > MAX_VALUE_BYTES) {
      await server.run((connection) => connection.delete(name));
      return false;
    }
    return server.run((connection) => connection.set(name, value, secondsOf(ttlMs)));
  }

  /**
   * While a server is down, the others are asked for its keys; and it is asked again, with what it had, once it is back.
   * So what is replaced is replaced on all of them, also those that another process has discovered before this one.
   *
   * @throws CacheUnavailableError
   */
  async publish(key: CacheKey, entry: CacheEntry, ttlMs: number, mode: PublishMode): Promise<boolean> {
    if (this.#closed) throw new CacheUnavailableError('the cache was closed');
    const [name, value, seconds] = [this.#nameOf(key), encodeCacheEntry(key, entry), secondsOf(ttlMs)];
    if (mode === 'add') {
      return (await addAt(this.#servers.serverFor(key), name, value, seconds)) !== undefined;
    }
    await this.#servers.readDiscoveredList().catch((cause: unknown) => {
      throw new CacheUnavailableError(`${this.description}: ${(cause as Error).message}`, { cause });
    });
    const store = async (server: CircuitBreaker<Connection>) => {
      const isStored = await server.run((connection) => connection.set(name, value, seconds));
      if (!isStored) throw noRoomAt(server, value);
    };
    await Promise.all(this.#servers.all().map(store));
    return true;
  }

  /** @throws CacheUnavailableError */
  getPublished(key: CacheKey): Promise<CacheEntry | undefined> {
    return this.get(key);
  }

  /** @throws CacheUnavailableError */
  async lease(key: CacheKey, ttlMs: number): Promise<Lease | undefined> {
    if (this.#closed) return UNSHARED_LEASE;
    const [server, leaseKey] = [this.#servers.serverFor(key), this.#nameOf(`lease:${key}`)];
    const version = await addAt(server, leaseKey, Buffer.from(randomUUID()), leaseSecondsOf(ttlMs));
    return (
      version && {
        release: () => this.#release(server, leaseKey, version),
        // Should it be another's by now, that one makes the same, and those who wait wait for both.
        renew: (forMs) => server.run((connection) => connection.touch(leaseKey, leaseSecondsOf(forMs))),
      }
    );
  }

  /** Rejects what is under way. */
  close(): Promise<void> {
    this.#closed = true;
    this.#servers.close();
    return Promise.resolve();
  }

  #nameOf(key: string): string {
    return `${this.#namespace}:${key}`;
  }

  /** Nothing but the version says whose the lease is; where the server keeps none, it ends by itself. */
  async #release(server: CircuitBreaker<Connection>, leaseKey: string, version: Version): Promise<void> {
    if (this.#closed || isUnversioned(version)) return;
    await server.run((connection) => connection.deleteVersion(leaseKey, version));
  }
}

/**
 * The version that the value has there; undefined where something was there already.
 *
 * @throws CacheUnavailableError also where there is no room: who took that for another's would wait for nothing
 */
async function addAt(
  server: CircuitBreaker<Connection>,
  key: string,
  value: Buffer,
  seconds: number,
): Promise<Version | undefined> {
  const added = await server.run((connection) => connection.add(key, value, seconds));
  if (added === 'no-room') throw noRoomAt(server, value);
  return added;
}

/** The server is in order, and evicts nothing (memcached's `-M`), or nothing of this size. */
function noRoomAt({ description }: CircuitBreaker<Connection>, value: Buffer): CacheUnavailableError {
  const cause = new CacheRefusal('full', `no room for ${value.length} bytes`);
  return new CacheUnavailableError(`${description}: ${cause.message}`, { cause });
}

/** Rounded up: a lease lasts as long as was asked for. */
function leaseSecondsOf(ttlMs: number): number {
  return Math.min(Math.max(1, Math.ceil(ttlMs / 1000)), MAX_EXPIRY_SECONDS);
}

/** Rounded down: whole seconds are all that memcached knows, and an entry is kept for `ttlMs` at most. */
function secondsOf(ttlMs: number): number {
  return Math.min(Math.max(1, Math.floor(ttlMs / 1000)), MAX_EXPIRY_SECONDS);
}
