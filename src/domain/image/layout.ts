import type { FocalPoint, Position } from './position.ts';
import { type Area, areaOf } from './region.ts';
import { type Sides, type TargetBox, scaledSides, thumbnailSides } from './target-box.ts';

/**
 * How a thumbnail is made of an upright image, in pixels: an area is cut out and scaled, a part of that is kept, and laid on
 * a canvas.
 */
export interface Layout {
  /** Of the original; undefined for all of it. */
  readonly area: Area | undefined;
  readonly scaled: Sides;
  /** What is kept of what was scaled; undefined for all of it. */
  readonly window: Window | undefined;
  /** What is around it; undefined for nothing. */
  readonly canvas: Canvas | undefined;
}

export interface Window extends Sides {
  /** Where it begins, or what it is looked for by. */
  readonly at: Pick<Area, 'left' | 'top'> | Exclude<Position, FocalPoint>;
}

/** The sides of the whole, and where the image lies on it. */
export type Canvas = Area;

interface LaidOut extends TargetBox {
  readonly position: Position;
}

export function layoutFor(original: Sides, spec: LaidOut): Layout {
  const scaled = scaledSides(original, spec);
  const sides = thumbnailSides(original, spec);
  const isWhole = scaled.width === sides.width && scaled.height === sides.height;
  const { crop, fit, position } = spec;
  return {
    area: crop === undefined ? undefined : areaOf(crop, original),
    scaled,
    window: fit === 'cover' && !isWhole ? windowOn(scaled, sides, position) : undefined,
    canvas: fit === 'contain' && !isWhole ? canvasUnder(scaled, sides, position) : undefined,
  };
}

/** A point comes to lie in the middle, as far as the image goes. */
function windowOn(scaled: Sides, sides: Sides, position: Position): Window {
  if (typeof position === 'string') return { ...sides, at: position };
  const begin = (focus: number, scaledPx: number, keptPx: number) =>
    Math.min(Math.max(0, Math.round(focus * scaledPx - keptPx / 2)), scaledPx - keptPx);
  const left = begin(position.x, scaled.width, sides.width);
  const top = begin(position.y, scaled.height, sides.height);
  return { ...sides, at: { left, top } };
}

/** A point lies on the same point of the canvas, as with CSS's `object-position`. */
function canvasUnder(scaled: Sides, sides: Sides, position: Position): Canvas {
  const { x, y } = typeof position === 'string' ? { x: 0.5, y: 0.5 } : position;
  const left = wholePx((sides.width - scaled.width) * x);
  const top = wholePx((sides.height - scaled.height) * y);
  return { ...sides, left, top };
}

/** 0.29 times 100 is 28.999999999999996. */
function wholePx(px: number): number {
  return Math.floor(px + 1e-6);
}
