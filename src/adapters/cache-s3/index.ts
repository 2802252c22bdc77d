export { S3ThumbnailCache, type S3ThumbnailCacheOptions } from './s3-thumbnail-cache.ts';
