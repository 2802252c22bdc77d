export { NoThumbnailCache } from './no-thumbnail-cache.ts';
