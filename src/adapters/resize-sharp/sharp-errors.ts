import {
  CorruptImageError,
  ImageTooLargeError,
  ThumbnailerError,
  UnsupportedImageError,
} from '../../domain/errors/index.ts';
import type { InputLimits } from '../../domain/image/image-file.ts';

/**
 * What sharp or libvips rejected with, as a domain error that keeps it as its cause. libvips has no error codes, so
 * the few sentences that mean something else than damage are told by their words. They are sharp's own but the third,
 * which is libvips'; whatever a decoder stumbles over says damage.
 */
export function translateSharpError(error: unknown, limits: InputLimits): unknown {
  if (!(error instanceof Error) || error instanceof ThumbnailerError) return error;
  const options = { cause: error };
  if (/unsupported image format|exceeds channel limit/.test(error.message)) {
    return new UnsupportedImageError(limits.inputFormats, options);
  }
  if (error.message.includes('exceeds pixel limit')) {
    return new ImageTooLargeError('The image has more pixels than its header says.', options);
  }
  if (/out of memory|unable to allocate/i.test(error.message)) {
    return new ImageTooLargeError('There is not enough memory for this image.', options);
  }
  return new CorruptImageError(options);
}
