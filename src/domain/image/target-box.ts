import type { AnimatedFormat, Fit } from './formats.ts';
import { type Region, type Sides, areaOf } from './region.ts';

export type { Sides } from './region.ts';

/** The box that a thumbnail is made for: one side at least. */
export interface TargetBox {
  /** Device pixels; undefined where the image decides. */
  readonly width: number | undefined;
  /** Device pixels; undefined where the image decides. */
  readonly height: number | undefined;
  readonly fit: Fit;
  /** What of the image it is made of; undefined for all of it. */
  readonly crop?: Region | undefined;
  /** In which format an animation stays one; undefined for its first frame. */
  readonly animation?: AnimatedFormat | undefined;
}

/** A side of an image, or of what is cut out of it, that a side of the box decides on, both in pixels. */
interface DecisiveSide {
  readonly sidePx: number;
  readonly limitPx: number;
}

/** The side of an upright image that the box limits: inside it the one that sticks out most, to cover it the one that does least. */
export function decisiveSide(original: Sides, box: TargetBox): DecisiveSide {
  const { width, height } = areaOf(box.crop, original);
  const across = { sidePx: width, limitPx: box.width ?? Infinity };
  const down = { sidePx: height, limitPx: box.height ?? Infinity };
  if (box.height === undefined) return across;
  if (box.width === undefined) return down;
  const isAcrossSmaller = across.limitPx * height < down.limitPx * width;
  return isAcrossSmaller === (box.fit !== 'cover') ? across : down;
}

/** How many times smaller an upright image is made for the box; 1 at least, as none is enlarged. */
export function shrinkFor(sides: Sides, box: TargetBox): number {
  const { sidePx, limitPx } = decisiveSide(sides, box);
  return Math.max(1, sidePx / limitPx);
}

/** Width and height of an upright image's thumbnail, in pixels: rounded as browsers do, at least 1, never enlarged. */
export function thumbnailSides(original: Sides, box: TargetBox): Sides {
  const { width, height, fit } = box;
  if (fit === 'inside' || width === undefined || height === undefined) return wholeScaled(original, box);
  if (fit === 'contain') return { width, height };
  const { sidePx, limitPx } = decisiveSide(original, box);
  // Where the image is smaller than the box, the largest part of it that has the box's shape.
  return scaled({ width, height }, Math.min(1, sidePx / limitPx));
}

/** The same of the whole image, before it is cropped or padded. */
export function scaledSides(original: Sides, box: TargetBox): Sides {
  const whole = wholeScaled(original, box);
  if (box.fit !== 'cover') return whole;
  const kept = thumbnailSides(original, box);
  return { width: Math.max(whole.width, kept.width), height: Math.max(whole.height, kept.height) };
}

/** Upright sides of an image whose EXIF orientation is this. */
export function turned({ width, height }: Sides, orientation: number): Sides {
  return orientation >= 5 ? { width: height, height: width } : { width, height };
}

/** The longest side of the box, in pixels. */
export function longestSide({ width = 0, height = 0 }: TargetBox): number {
  return Math.max(width, height);
}

function wholeScaled(original: Sides, box: TargetBox): Sides {
  const { sidePx, limitPx } = decisiveSide(original, box);
  return scaled(areaOf(box.crop, original), Math.min(1, limitPx / sidePx));
}

function scaled({ width, height }: Sides, scale: number): Sides {
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
