import type { CacheEntry } from '../../domain/cache/cache-entry.ts';
import type { CacheKey } from '../../domain/cache/cache-key.ts';
import { getPublished, publish } from '../../domain/cache/publishing.ts';
import type {
  CacheEntryPair,
  HitObserver,
  Lease,
  PublishMode,
  ThumbnailCache,
} from '../../ports/thumbnail-cache.ts';

/**
 * Forwards everything to the cache that it wraps: a subclass overrides what it changes and nothing else. It has the
 * optional methods that the wrapped cache has; a subclass changes them through `grantLease`, `readSync` and `readPair`.
 */
export abstract class CacheDecorator implements ThumbnailCache {
  readonly lease?: NonNullable<ThumbnailCache['lease']>;
  readonly getSync?: NonNullable<ThumbnailCache['getSync']>;
  readonly getPair?: NonNullable<ThumbnailCache['getPair']>;
  readonly isLocal: boolean;
  protected readonly cache: ThumbnailCache;
  readonly #leasing: ThumbnailCache;

  /** @param leasing the cache that grants the leases, where that is another one */
  constructor(cache: ThumbnailCache, leasing: ThumbnailCache = cache) {
    this.cache = cache;
    this.isLocal = cache.isLocal === true;
    this.#leasing = leasing;
    if (leasing.lease !== undefined) this.lease = (key, ttlMs) => this.grantLease(key, ttlMs);
    if (cache.getPair !== undefined) {
      this.getPair = (key, publishedKey, onHit) => this.readPair(key, publishedKey, onHit);
    }
    if (cache.getSync !== undefined) this.getSync = (key, onHit) => this.readSync(key, onHit);
  }

  get description(): string {
    return this.cache.description;
  }

  get(key: CacheKey, onHit?: HitObserver): Promise<CacheEntry | undefined> {
    return this.cache.get(key, onHit);
  }

  set(key: CacheKey, entry: CacheEntry, ttlMs: number): Promise<boolean | undefined> {
    return this.cache.set(key, entry, ttlMs);
  }

  publish(key: CacheKey, entry: CacheEntry, ttlMs: number, mode: PublishMode): Promise<boolean> {
    return publish(this.cache, key, entry, ttlMs, mode);
  }

  getPublished(key: CacheKey): Promise<CacheEntry | undefined> {
    return getPublished(this.cache, key);
  }

  close(): Promise<void> {
    return this.cache.close();
  }

  /** What `lease` does; called only where the wrapped cache has leases. */
  protected async grantLease(key: CacheKey, ttlMs: number): Promise<Lease | undefined> {
    return this.#leasing.lease?.(key, ttlMs);
  }

  /** What `getPair` does; called only where the wrapped cache has it. */
  protected async readPair(
    key: CacheKey,
    publishedKey: CacheKey,
    onHit?: HitObserver,
  ): Promise<CacheEntryPair> {
    return (await this.cache.getPair?.(key, publishedKey, onHit)) ?? [undefined, undefined];
  }

  /** What `getSync` does; called only where the wrapped cache has it. */
  protected readSync(key: CacheKey, onHit?: HitObserver): CacheEntry | undefined {
    return this.cache.getSync?.(key, onHit);
  }
}
