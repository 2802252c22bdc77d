export type { MemcachedConnection } from './memcached-connection.ts';
export {
  type MemcachedDeadlines,
  MemcachedThumbnailCache,
  type MemcachedThumbnailCacheOptions,
} from './memcached-thumbnail-cache.ts';
