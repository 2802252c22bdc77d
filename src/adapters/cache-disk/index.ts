export { DiskThumbnailCache, type DiskThumbnailCacheOptions } from './disk-thumbnail-cache.ts';
