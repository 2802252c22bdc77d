export { SharpImageResizer, type SharpImageResizerOptions } from './sharp-image-resizer.ts';
