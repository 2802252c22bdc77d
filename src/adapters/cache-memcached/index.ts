export type { MemcachedConnection } from './memcached-connection.ts';
export { MemcachedThumbnailCache, type MemcachedThumbnailCacheOptions } from './memcached-thumbnail-cache.ts';
