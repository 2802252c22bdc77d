import type { CacheKey } from '../domain/cache-key.ts';
import type { CacheEntry } from '../domain/thumbnail.ts';

/**
 * Keeps thumbnails for a while. A cache may forget anything at any time, and never answers with an entry that was not
 * stored under that very key, whole.
 */
export interface ThumbnailCache {
  /** Which cache this is and where, for the log and for a person: `memory (64 MiB)`, `memcached at host:11211`. */
  readonly description: string;

  /**
   * The entry, or undefined where there is none, its time is over, or what is stored does not check out.
   * Rejects when the backend fails or is too slow; it settles in any case within the backend's deadline.
   */
  get(key: CacheKey): Promise<CacheEntry | undefined>;

  /**
   * Keeps the entry for up to `ttlMs` milliseconds, in place of an older one under this key. An entry that the backend
   * cannot hold, by its size, is not kept, which is no error. Rejects when the backend fails or is too slow.
   */
  set(key: CacheKey, entry: CacheEntry, ttlMs: number): Promise<void>;

  /** Closes connections. Afterwards `get` is a miss and `set` keeps nothing. May be called twice. */
  close(): Promise<void>;
}

/** The backend failed, was too slow, or is being left alone for a while after either. The engineer's reason is in `cause`. */
export class CacheUnavailableError extends Error {
  override readonly name = 'CacheUnavailableError';
}
