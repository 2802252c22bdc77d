export {
  type CacheTier,
  TieredThumbnailCache,
  type TieredThumbnailCacheOptions,
} from './tiered-thumbnail-cache.ts';
