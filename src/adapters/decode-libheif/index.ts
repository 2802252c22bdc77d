export { LibheifDecoder } from './libheif-decoder.ts';
