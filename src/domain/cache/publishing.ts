import type { PublishMode, ThumbnailCache } from '../../ports/thumbnail-cache.ts';
import type { CacheEntry } from './cache-entry.ts';
import type { CacheKey } from './cache-key.ts';

/**
 * `publish` of any cache: one that has no such method has a `set` that does the same, but for a race between two who add.
 *
 * @throws what the cache rejects with; Error where it does not keep the entry
 */
export async function publish(
  cache: ThumbnailCache,
  key: CacheKey,
  entry: CacheEntry,
  ttlMs: number,
  mode: PublishMode,
): Promise<boolean> {
  if (cache.publish !== undefined) return cache.publish(key, entry, ttlMs, mode);
  if (mode === 'add' && (await cache.get(key)) !== undefined) return false;
  if ((await cache.set(key, entry, ttlMs)) === false) throw new Error('the cache does not keep the entry');
  return true;
}

/** `getPublished` of any cache. */
export function getPublished(cache: ThumbnailCache, key: CacheKey): Promise<CacheEntry | undefined> {
  return cache.getPublished?.(key) ?? cache.get(key);
}
