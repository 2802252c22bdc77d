import sharp, { type Sharp } from 'sharp';
import type { Reach } from '../../domain/image/reach.ts';
import type { ReducedImage } from '../../domain/image/reduced-image.ts';

/** A thumbnail's pixels, made of an image that was reduced before. */
export function scaleReduced(image: ReducedImage, { size, fit }: Reach): Sharp {
  const { pixels, width, height, channels, original } = image;
  const opened = sharp(pixels, { raw: { width, height, channels } });
  if (fit === 'cover') {
    return opened.resize({
      width: Math.min(size, original.width),
      height: Math.min(size, original.height),
      fit,
      position: sharp.strategy.attention,
    });
  }
  // From the original's sides, as the reduced ones have been rounded already.
  const scale = Math.min(1, size / Math.max(original.width, original.height));
  return opened.resize({
    width: Math.max(1, Math.round(original.width * scale)),
    height: Math.max(1, Math.round(original.height * scale)),
    fit: 'fill',
  });
}
