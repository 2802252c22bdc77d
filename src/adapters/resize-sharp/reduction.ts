import type { RasterHeader } from '../../domain/image/image-header.ts';
import { type Reach, decisiveSide } from '../../domain/image/reach.ts';
import type { AdmittedImage } from './admitted-image.ts';

/** An image below this costs less to decode anew than a second thumbnail costs otherwise. */
const QUICK_MS = 8;

/** Nanoseconds of processor time that decoding takes for each pixel, on one core of 2024. */
function nanosecondsPerPixel({ format, progressive }: RasterHeader): number {
  switch (format) {
    case 'jpeg':
      return progressive ? 7.5 : 1.7;
    case 'png':
    case 'gif':
    case 'tiff':
      return 9;
    case 'webp':
      return 10;
    case 'avif':
      return 45;
  }
}

/** See `ImageResizer`. What a drawing costs cannot be told from its header. */
export function decodesQuickly({ header, pixels }: AdmittedImage): boolean {
  return header !== undefined && (pixels * nanosecondsPerPixel(header)) / 1e6 < QUICK_MS;
}

/**
 * Longest side in pixels to reduce an image to; undefined where it would still be too large to keep.
 *
 * Twice the side that thumbnails need, so that scaling once more is not seen. A JPEG is decoded at a half, a quarter or an
 * eighth of its size: it is reduced to no more than what the largest thumbnail's own decode would give, which costs nothing
 * and loses nothing.
 */
export function reducedSize(image: AdmittedImage, { size, fit }: Reach): number | undefined {
  const { width, height } = image.header ?? { width: 2 * size, height: 2 * size };
  const side = decisiveSide({ width, height }, fit);
  const shrink = Math.max(1, side / (2 * size), image.format === 'jpeg' ? shrinkOfDecoder(side, size) : 1);
  const [reducedWidth, reducedHeight] = [width / shrink, height / shrink];
  if (reducedWidth * reducedHeight > 4 * (2 * size) ** 2) return undefined;
  return Math.max(1, Math.floor(Math.max(reducedWidth, reducedHeight)));
}

/** sharp takes a step of the decoder only from the next whole number on; a little more is for rounding. */
function shrinkOfDecoder(side: number, size: number): number {
  const step = [8, 4, 2].find((each) => Math.floor(side / (each + 1.1)) >= size);
  return step === undefined ? 1 : step + 1.1;
}
