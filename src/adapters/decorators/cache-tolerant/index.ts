export {
  type CacheChange,
  TolerantThumbnailCache,
  type TolerantThumbnailCacheOptions,
} from './tolerant-thumbnail-cache.ts';
