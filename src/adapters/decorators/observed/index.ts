export { ObservedImageResizer } from './observed-image-resizer.ts';
export { ObservedThumbnailCache } from './observed-thumbnail-cache.ts';
