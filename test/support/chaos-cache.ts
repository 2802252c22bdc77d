import type { CacheKey } from '../../src/domain/cache/cache-key.ts';
import type { CacheEntry } from '../../src/domain/cache/cache-entry.ts';
import type { Lease, ThumbnailCache } from '../../src/ports/thumbnail-cache.ts';

/** What happens to an operation before the wrapped cache gets to see it. */
export type Mishap =
  | { readonly kind: 'none' }
  | { readonly kind: 'throws'; readonly error: Error }
  | { readonly kind: 'rejects'; readonly error: Error }
  | { readonly kind: 'delays'; readonly until: Promise<unknown> }
  | { readonly kind: 'never settles' };

/** A cache that misbehaves on demand, and otherwise does what the wrapped one does. */
export class ChaosCache implements ThumbnailCache {
  readonly description = 'chaos';
  readonly #cache: ThumbnailCache;
  mishap: Mishap = { kind: 'none' };

  constructor(cache: ThumbnailCache) {
    this.#cache = cache;
  }

  get(key: CacheKey): Promise<CacheEntry | undefined> {
    return this.#mishandle(() => this.#cache.get(key));
  }

  set(key: CacheKey, entry: CacheEntry, ttlMs: number): Promise<boolean | undefined> {
    return this.#mishandle(() => this.#cache.set(key, entry, ttlMs));
  }

  /** As if the wrapped one had leases: everyone gets one. */
  lease(): Promise<Lease | undefined> {
    return this.#mishandle(() =>
      Promise.resolve({ release: () => this.#mishandle(() => Promise.resolve()) }),
    );
  }

  close(): Promise<void> {
    return this.#mishandle(() => this.#cache.close());
  }

  #mishandle<T>(perform: () => Promise<T>): Promise<T> {
    const { mishap } = this;
    switch (mishap.kind) {
      case 'none':
        return perform();
      case 'throws':
        throw mishap.error;
      case 'rejects':
        return Promise.reject(mishap.error);
      case 'delays':
        return mishap.until.then(perform);
      case 'never settles':
        return new Promise(() => undefined);
    }
  }
}
