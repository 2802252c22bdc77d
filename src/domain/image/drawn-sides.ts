import type { InputFormat } from './formats.ts';
import { MAX_SIDE_PX } from './image-file.ts';
import { type Sides, type TargetBox, decisiveSide } from './target-box.ts';

/** An image of which the format and the upright sides in pixels are known. */
export interface SizedImage extends Sides {
  readonly format: InputFormat;
}

/**
 * The most that is drawn at once: of a small part that is cut out of a drawing, the whole is drawn. With this, the memory that
 * takes is there in a container of 512 MiB; a part that would take more comes out smaller than its box.
 */
const MAX_PIXELS = 10 * 2 ** 20;

/**
 * The sides that a thumbnail goes by: those of the image, and of a drawing, which has no pixels of its own, those at which it
 * fills the box.
 */
export function sidesForBox({ format, width, height }: SizedImage, box: TargetBox): Sides {
  return format === 'svg' ? drawnSides({ width, height }, box) : { width, height };
}

function drawnSides(nominal: Sides, box: TargetBox): Sides {
  const largest = scaledBy(nominal, MAX_SIDE_PX / Math.max(nominal.width, nominal.height));
  // Of the largest drawing, so that a part that is cut out of it is not rounded to the pixels of an icon.
  const { sidePx, limitPx } = decisiveSide(largest, box);
  const mostPixels = Math.sqrt(MAX_PIXELS / (largest.width * largest.height));
  return scaledBy(largest, Math.min(limitPx / sidePx, mostPixels, 1));
}

function scaledBy({ width, height }: Sides, scale: number): Sides {
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}
