import type { Fit } from './formats.ts';

/** The box that a thumbnail is made for, as far as it decides how much of an image is needed. */
export interface TargetBox {
  /** Largest dimension of the thumbnail, in pixels. */
  readonly size: number;
  readonly fit: Fit;
}

/** Pixels. */
export interface Sides {
  readonly width: number;
  readonly height: number;
}

/** The side of an image, in pixels, that a thumbnail's size limits: inside the box the longer, to cover it the shorter. */
export function decisiveSide({ width, height }: Sides, fit: Fit): number {
  return fit === 'inside' ? Math.max(width, height) : Math.min(width, height);
}

/** Width and height of the whole image within the box, in pixels: rounded as browsers do, at least 1, never enlarged. */
export function sidesWithin({ width, height }: Sides, size: number): Sides {
  const scale = Math.min(1, size / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
