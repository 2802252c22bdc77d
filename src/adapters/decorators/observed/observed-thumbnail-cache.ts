import type { CacheKey } from '../../../domain/cache/cache-key.ts';
import type { CacheEntry } from '../../../domain/cache/cache-entry.ts';
import type { OperationObserver } from '../../../ports/operation-observer.ts';
import type { HitObserver, Lease, ThumbnailCache } from '../../../ports/thumbnail-cache.ts';
import { observed } from './observed.ts';

export interface ObservedThumbnailCacheOptions {
  readonly cache: ThumbnailCache;
  /** What the observer knows this cache by. */
  readonly tier: string;
  readonly observe: OperationObserver;
}

/** Tells an observer of what is asked of a cache, and changes nothing. */
export class ObservedThumbnailCache implements ThumbnailCache {
  /** Only where the wrapped cache has leases. */
  readonly lease?: (key: CacheKey, ttlMs: number) => Promise<Lease | undefined>;
  /** Only where the wrapped cache has it. */
  readonly peek?: NonNullable<ThumbnailCache['peek']>;
  readonly #options: ObservedThumbnailCacheOptions;

  constructor(options: ObservedThumbnailCacheOptions) {
    this.#options = options;
    const { cache, tier, observe } = options;
    const grant = cache.lease?.bind(cache);
    if (grant !== undefined) {
      this.lease = (key, ttlMs) => observed(observe, { name: 'cache lease', tier }, () => grant(key, ttlMs));
    }
    if (cache.peek !== undefined) this.peek = (key, onHit) => this.#peek(key, onHit);
  }

  get description(): string {
    return this.#options.cache.description;
  }

  get(key: CacheKey, onHit?: HitObserver): Promise<CacheEntry | undefined> {
    const { cache, tier, observe } = this.#options;
    return observed(
      observe,
      { name: 'cache get', tier },
      () => cache.get(key, onHit),
      (entry) => ({ result: entry === undefined ? 'miss' : 'hit' }),
    );
  }

  /** Where it finds nothing a `get` follows, which is told of; told of both, an observer would count two look-ups. */
  #peek(key: CacheKey, onHit: HitObserver | undefined): CacheEntry | undefined {
    const { cache, tier, observe } = this.#options;
    const entry = cache.peek?.(key, onHit);
    // It began and ended just now: what takes no time needs no beginning.
    if (entry !== undefined) observe({ name: 'cache get', tier })({ result: 'hit' });
    return entry;
  }

  set(key: CacheKey, entry: CacheEntry, ttlMs: number): Promise<void> {
    const { cache, tier, observe } = this.#options;
    return observed(observe, { name: 'cache set', tier }, () => cache.set(key, entry, ttlMs));
  }

  close(): Promise<void> {
    return this.#options.cache.close();
  }
}
