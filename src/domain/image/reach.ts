import type { Fit } from './formats.ts';

/** Which thumbnails a source, or what was made of it, is to be good for. */
export interface Reach {
  /** Largest dimension in pixels of the thumbnails. */
  readonly size: number;
  readonly fit: Fit;
}

/** Pixels. */
export interface Sides {
  readonly width: number;
  readonly height: number;
}

/** The side of an image, in pixels, that a thumbnail's size limits: to be inside it the longer, to cover it the shorter. */
export function decisiveSide({ width, height }: Sides, fit: Fit): number {
  return fit === 'inside' ? Math.max(width, height) : Math.min(width, height);
}
