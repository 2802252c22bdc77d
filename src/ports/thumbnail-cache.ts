import type { CacheKey } from '../domain/cache/cache-key.ts';
import type { CacheEntry } from '../domain/cache/cache-entry.ts';

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
   *
   * The image may be a view of a larger buffer: a caller that keeps the entry for long keeps a copy.
   *
   * A cache that is made of several says through `onHit` which of them had the entry, once at most and before it
   * resolves; any other never calls it.
   */
  get(key: CacheKey, onHit?: HitObserver): Promise<CacheEntry | undefined>;

  /**
   * The entry that `get` would resolve with, where this process's own memory has it: at once, without a trip and
   * without a promise. Undefined says nothing, not even that there is none; a caller that needs to know asks `get`.
   * `onHit` is called as there. Only a cache that holds entries in this process's memory has this.
   */
  getSync?(key: CacheKey, onHit?: HitObserver): CacheEntry | undefined;

  /**
   * As `get` of the first key and `getPublished` of the second, in one trip. Only a cache whose server can be asked so
   * has this; any other is asked twice.
   */
  getPair?(key: CacheKey, publishedKey: CacheKey, onHit?: HitObserver): Promise<CacheEntryPair>;

  /**
   * Whether all of the cache is in this process's memory: what `getSync` does not find is not there. Without it a caller
   * asks `get`, too.
   */
  readonly isLocal?: boolean;

  /**
   * Keeps the entry for up to `ttlMs` milliseconds, in place of an older one under this key. Resolves with false where it
   * is not kept, because the backend cannot hold an entry of its size, which is no error; undefined says as much as true.
   * Rejects when the backend fails or is too slow. Where its failures are tolerated, undefined says that it has failed: the
   * entry may be kept after all.
   */
  set(key: CacheKey, entry: CacheEntry, ttlMs: number): Promise<boolean | undefined>;

  /**
   * Writes an entry that all processes have to agree on. Once it resolves with true, no process gets an older one from
   * `getPublished`, whatever becomes of the backend: an entry that is lost is found by none of them, and none that was
   * replaced comes back, by a restart from older data for instance. Rejects where that is not certain.
   *
   * A cache whose `get` and `set` have these properties does without `publish` and `getPublished`.
   *
   * @param mode `add` leaves an entry alone that is there already, and resolves with false
   */
  publish?(key: CacheKey, entry: CacheEntry, ttlMs: number, mode: PublishMode): Promise<boolean>;

  /** As `get`, of what was published: from where all processes look for it. Has to be there where `publish` is. */
  getPublished?(key: CacheKey): Promise<CacheEntry | undefined>;

  /**
   * Of the processes that share the cache, one at a time has the lease of a key: it makes the entry, and the others
   * get undefined and may wait for what it makes. The lease ends when it is released, or by itself after `ttlMs`
   * milliseconds. It locks nothing: a process that does not want to wait goes ahead. A backend whose clock is coarse
   * rounds the time up. Rejects when the backend fails or is too slow; then each process works alone.
   *
   * A cache that no other process shares has no leases.
   */
  lease?(key: CacheKey, ttlMs: number): Promise<Lease | undefined>;

  /**
   * Closes connections. Afterwards `get` is a miss, `set` keeps nothing and everyone has the lease. May be called
   * twice.
   */
  close(): Promise<void>;
}

/** What is under each of two keys. */
export type CacheEntryPair = readonly [first: CacheEntry | undefined, published: CacheEntry | undefined];

export type PublishMode = 'add' | 'replace';

/** Told the short name of the cache that had the entry: `memory`. It must not throw. */
export type HitObserver = (tier: string) => void;

export interface Lease {
  /** Everyone has it: the cache does not say who is first. */
  readonly isUnshared?: true;

  /**
   * Ends the lease at once, so that nobody waits for its time to be over. A lease that has passed to another process by
   * then is left alone. Rejects when the backend fails or is too slow. May be called twice.
   */
  release(): Promise<void>;

  /**
   * Has the lease end `ttlMs` milliseconds from now. Resolves with false where nobody has it any more. Rejects when the
   * backend fails or is too slow. Without it, a lease ends at the time that it was given, and another process does the
   * work too where that takes longer.
   */
  renew?(ttlMs: number): Promise<boolean>;
}

/** The lease that everyone gets where the cache cannot say who is first: each works alone. */
export const UNSHARED_LEASE: Lease = { isUnshared: true, release: () => Promise.resolve() };

/** Why a backend that answers refuses: it knows no such user, allows too little, takes nothing new, or anything else. */
export type CacheFault = 'login' | 'rights' | 'read-only' | 'full' | 'refused';

/** The `cause` of a CacheUnavailableError where the backend has answered, and refused: the log says why. */
export class CacheRefusal extends Error {
  override readonly name = 'CacheRefusal';
  readonly fault: CacheFault;

  /** @param reason the backend's own word for it */
  constructor(fault: CacheFault, reason: string, options?: ErrorOptions) {
    super(reason, options);
    this.fault = fault;
  }
}

/** The backend failed, was too slow, or is being left alone for a while after either. The engineer's reason is in `cause`. */
export class CacheUnavailableError extends Error {
  override readonly name = 'CacheUnavailableError';
}
