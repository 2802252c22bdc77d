export { BoundedImageResizer, type BoundedImageResizerOptions } from './bounded-image-resizer.ts';
