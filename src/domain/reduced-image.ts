import type { Fit } from './formats.ts';
import type { Original } from './thumbnail.ts';

/**
 * A source that was decoded, turned upright, converted to sRGB and scaled down: plain pixels, from which several
 * thumbnails are made at the cost of neither its download nor its decode.
 */
export interface ReducedImage {
  /** Rows from the top, 8 bits a sample, no padding. */
  readonly pixels: Uint8Array;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Samples for each pixel: grey, grey and alpha, RGB, or RGB and alpha. */
  readonly channels: 1 | 2 | 3 | 4;
  /** Largest dimension in pixels of the thumbnails that it was reduced for. */
  readonly reachPx: number;
  readonly original: Original;
}

/** What a reduced image is to be good for. */
export interface Reach {
  /** Largest dimension in pixels of the thumbnails. */
  readonly size: number;
  readonly fit: Fit;
}

/** Whether it is good for such a thumbnail: one with no more pixels, on the side that counts, than it has itself. */
export function reaches(reduced: ReducedImage, { size, fit }: Reach): boolean {
  const { width, height, original, reachPx } = reduced;
  const side = fit === 'inside' ? Math.max : Math.min;
  return size <= reachPx && side(width, height) >= Math.min(size, side(original.width, original.height));
}
