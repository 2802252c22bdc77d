export type { RedisDeadlines } from './server-link.ts';
export {
  type RedisConnection,
  RedisThumbnailCache,
  type RedisThumbnailCacheOptions,
} from './redis-thumbnail-cache.ts';
