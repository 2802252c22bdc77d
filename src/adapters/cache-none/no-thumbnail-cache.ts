import type { CacheKey } from '../../domain/cache/cache-key.ts';
import type { CacheEntry } from '../../domain/cache/cache-entry.ts';
import type { PublishMode, ThumbnailCache } from '../../ports/thumbnail-cache.ts';

/** Keeps nothing: every `get` is a miss. */
export class NoThumbnailCache implements ThumbnailCache {
  readonly description = 'none';

  get(): Promise<undefined> {
    return Promise.resolve(undefined);
  }

  set(): Promise<boolean> {
    return Promise.resolve(false);
  }

  /** Nothing older is ever found; and what is added is not found either. */
  publish(_key: CacheKey, _entry: CacheEntry, _ttlMs: number, mode: PublishMode): Promise<boolean> {
    return Promise.resolve(mode === 'replace');
  }

  getPublished(): Promise<undefined> {
    return this.get();
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
