export { type DecoderProgram, FLAGS as DECODER_FLAGS, startDecoderEarly } from './start-decoder.ts';
export type { Renewal } from './decoder-pool.ts';
export { IsolatedImageResizer, type IsolatedImageResizerOptions } from './isolated-image-resizer.ts';
export { serveDecodes } from './serve-decodes.ts';
