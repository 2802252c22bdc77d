export { TieredThumbnailCache, type TieredThumbnailCacheOptions } from './tiered-thumbnail-cache.ts';
