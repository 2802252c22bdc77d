export {
  type RedisConnection,
  RedisThumbnailCache,
  type RedisThumbnailCacheOptions,
} from './redis-thumbnail-cache.ts';
