import {
  CorruptImageError,
  ImageTooLargeError,
  OverloadedError,
  ThumbnailerError,
  UnsupportedImageError,
  isOwnShortage,
} from '../../domain/errors/index.ts';
import type { InputLimits } from '../../domain/image/image-file.ts';

/**
 * What sharp or libvips rejected with, as a domain error that keeps it as its cause. libvips has no error codes, so
 * the few sentences that mean something else than damage are told by their words: sharp's own, and any decoder's of a lack
 * of memory, which is not the image's fault. Whatever else a decoder stumbles over says damage.
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
  if (isOwnShortage(error)) return new OverloadedError(undefined, options);
  return new CorruptImageError(options);
}
