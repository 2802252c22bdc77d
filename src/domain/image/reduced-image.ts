import { type Reach, decisiveSide } from './reach.ts';
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

/** Tells it from an image that is still encoded. */
export function isReduced(image: object): image is ReducedImage {
  return 'pixels' in image;
}

/** Whether a pixel of it can be transparent. */
export function hasAlpha({ channels }: ReducedImage): boolean {
  return channels === 2 || channels === 4;
}

/** Whether it is good for such a thumbnail: one with no more pixels, on the side that counts, than it has itself. */
export function reaches(reduced: ReducedImage, { size, fit }: Reach): boolean {
  const neededPx = Math.min(size, decisiveSide(reduced.original, fit));
  return size <= reduced.reachPx && decisiveSide(reduced, fit) >= neededPx;
}
