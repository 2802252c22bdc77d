import type { FocalPoint, Position } from './position.ts';
import { type Sides, type TargetBox, scaledSides, thumbnailSides } from './target-box.ts';

/** How a thumbnail is made of an upright image, in pixels: it is scaled, a part of that is kept, and laid on a canvas. */
export interface Layout {
  readonly scaled: Sides;
  /** What is kept of the scaled image; undefined for all of it. */
  readonly window: Window | undefined;
  /** What is around it; undefined for nothing. */
  readonly canvas: Canvas | undefined;
}

export interface Place {
  readonly left: number;
  readonly top: number;
}

export interface Window extends Sides {
  /** Where it begins, or what it is looked for by. */
  readonly at: Place | Exclude<Position, FocalPoint>;
}

/** The sides of the whole, and where the image lies on it. */
export interface Canvas extends Sides, Place {}

interface LaidOut extends TargetBox {
  readonly position: Position;
}

export function layoutFor(original: Sides, spec: LaidOut): Layout {
  const scaled = scaledSides(original, spec);
  const sides = thumbnailSides(original, spec);
  const isWhole = scaled.width === sides.width && scaled.height === sides.height;
  return {
    scaled,
    window: spec.fit === 'cover' && !isWhole ? windowOn(scaled, sides, spec.position) : undefined,
    canvas: spec.fit === 'contain' && !isWhole ? canvasUnder(scaled, sides, spec.position) : undefined,
  };
}

/** A focal point comes to lie in the middle, as far as the image goes. */
function windowOn(scaled: Sides, sides: Sides, position: Position): Window {
  if (typeof position === 'string') return { ...sides, at: position };
  const begin = (focus: number, scaledPx: number, keptPx: number) =>
    Math.min(Math.max(0, Math.round(focus * scaledPx - keptPx / 2)), scaledPx - keptPx);
  const left = begin(position.x, scaled.width, sides.width);
  const top = begin(position.y, scaled.height, sides.height);
  return { ...sides, at: { left, top } };
}

/** A focal point lies on the same point of the canvas, as with CSS's `object-position`. */
function canvasUnder(scaled: Sides, sides: Sides, position: Position): Canvas {
  const { x, y } = typeof position === 'string' ? { x: 0.5, y: 0.5 } : position;
  const left = Math.floor((sides.width - scaled.width) * x);
  const top = Math.floor((sides.height - scaled.height) * y);
  return { ...sides, left, top };
}
