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
import type { ServerDeadlines } from '../remote-server/circuit-breaker.ts';
import type { Commands } from './commands.ts';
import { openServers } from './open-servers.ts';
import type { RedisServers } from './redis-servers.ts';

/**
 * Where the server is: `redis://user:password@host:port/database`, of which the host alone is needed. `redis+cluster://`
 * with nodes of a cluster, `redis+sentinel://` with sentinels; `rediss` for TLS.
 */
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
  readonly #servers: RedisServers;
  readonly #namespace: string;
  #closed = false;

  /**
   * Asks for the connection and begins to connect, without waiting for the server.
   *
   * @throws what `connection` rejects with; Error when its URL is none
   */
  static async open(options: RedisThumbnailCacheOptions): Promise<RedisThumbnailCache> {
    const { connection, namespace = 'thumbnailer', deadlines } = options;
    const servers = await openServers(async () => (await connection()).url, {
      probeKey: `${namespace}:probe`,
      deadlines: { ...DEADLINES, ...deadlines },
    });
    return new RedisThumbnailCache(servers, namespace);
  }

  private constructor(servers: RedisServers, namespace: string) {
    this.#servers = servers;
    this.#namespace = namespace;
  }

  get description(): string {
    return this.#servers.description;
  }

  /** @throws CacheUnavailableError */
  async get(key: CacheKey): Promise<CacheEntry | undefined> {
    if (this.#closed) return undefined;
    const name = this.#nameOf(key);
    const value = await this.#servers.run(name, ({ commands }) => commands.get(name));
    return value === undefined ? undefined : decodeCacheEntry(key, value);
  }

  /** @throws CacheUnavailableError */
  async set(key: CacheKey, entry: CacheEntry, ttlMs: number): Promise<boolean> {
    if (this.#closed) return false;
    const [name, value] = [this.#nameOf(key), encodeCacheEntry(key, entry)];
    const isKept = ttlMs >= 1 && value.length <= MAX_VALUE_BYTES;
    await this.#servers.run(name, ({ commands }) =>
      isKept ? commands.set(name, value, wholeMs(ttlMs)) : commands.delete(name),
    );
    return isKept;
  }

  /**
   * With the name of the server's run: after a restart, which may bring older data back, or from another server that has
   * taken over, what was published before is not found.
   *
   * @throws CacheUnavailableError
   */
  async publish(key: CacheKey, entry: CacheEntry, ttlMs: number, mode: PublishMode): Promise<boolean> {
    if (this.#closed) throw new CacheUnavailableError('the cache was closed');
    const [name, encoded, time] = [this.#nameOf(key), encodeCacheEntry(key, entry), wholeMs(ttlMs)];
    return this.#servers.run(name, async (server) => {
      const { commands, runId } = server;
      if (mode === 'replace') {
        await commands.set(name, inRun(runId, encoded), time);
        return true;
      }
      if (await commands.setIfAbsent(name, inRun(runId, encoded), time)) return true;
      const found = await commands.get(name);
      if (ofRun(runId, found) !== undefined) return false;
      // It may be the run that has another name by now. What another one has left behind is as good as nothing.
      const nowId = await server.renewRunId();
      if (ofRun(nowId, found) !== undefined) return false;
      await commands.set(name, inRun(nowId, encoded), time);
      return true;
    });
  }

  /** @throws CacheUnavailableError */
  async getPublished(key: CacheKey): Promise<CacheEntry | undefined> {
    if (this.#closed) return undefined;
    const name = this.#nameOf(key);
    const value = await this.#servers.run(name, async ({ commands, runId }) =>
      ofRun(runId, await commands.get(name)),
    );
    return value === undefined ? undefined : decodeCacheEntry(key, value);
  }

  /** @throws CacheUnavailableError */
  async lease(key: CacheKey, ttlMs: number): Promise<Lease | undefined> {
    if (this.#closed) return UNSHARED_LEASE;
    const [leaseKey, token] = [this.#nameOf(`lease:${key}`), randomUUID()];
    const isOurs = await this.#servers.run(leaseKey, ({ commands }) =>
      commands.setIfAbsent(leaseKey, token, Math.max(1, wholeMs(ttlMs))),
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
    this.#servers.close();
    return Promise.resolve();
  }

  #nameOf(key: string): string {
    return `${this.#namespace}:${key}`;
  }

  /**
   * In two steps, because many a user may run no script. Should the lease pass to another in between, the same is made
   * once more, and nothing else is amiss.
   */
  async #release(leaseKey: string, token: string): Promise<void> {
    if (this.#closed) return;
    await this.#servers.run(leaseKey, async ({ commands }) => {
      if (await isUnder(commands, leaseKey, token)) await commands.delete(leaseKey);
    });
  }

  /** As `#release`. */
  async #renew(leaseKey: string, token: string, ttlMs: number): Promise<boolean> {
    if (this.#closed) return false;
    return this.#servers.run(leaseKey, async ({ commands }) => {
      if (!(await isUnder(commands, leaseKey, token))) return false;
      return commands.setIfPresent(leaseKey, token, Math.max(1, wholeMs(ttlMs)));
    });
  }
}

async function isUnder(commands: Commands, key: string, value: string): Promise<boolean> {
  return (await commands.get(key))?.toString() === value;
}

function inRun(runId: string, value: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`${runId}\n`), value]);
}

/** Undefined where it is of another run. */
function ofRun(runId: string, value: Buffer | undefined): Buffer | undefined {
  const beginning = `${runId}\n`;
  return value?.toString('latin1', 0, beginning.length) === beginning
    ? value.subarray(beginning.length)
    : undefined;
}

/** All that Redis takes for a time to live: it has none that is endless but also refuses one that overflows its clock. */
function wholeMs(ttlMs: number): number {
  return Math.floor(Math.min(ttlMs, Number.MAX_SAFE_INTEGER));
}
