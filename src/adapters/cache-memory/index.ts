export { MemoryThumbnailCache, type MemoryThumbnailCacheOptions } from './memory-thumbnail-cache.ts';
