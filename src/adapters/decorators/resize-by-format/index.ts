export { FormatImageResizer } from './format-image-resizer.ts';
