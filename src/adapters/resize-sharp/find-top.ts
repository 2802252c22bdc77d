import sharp, { type Sharp } from 'sharp';
import { topOfDetail } from '../../domain/image/detailed-rows.ts';
import type { Layout } from '../../domain/image/layout.ts';
import type { Sides } from '../../domain/image/target-box.ts';
import type { PlainPixels } from './canvas.ts';

/** Of what is left out of a tall picture, the part that may be left out above. */
const MOST_ABOVE = 0.6;

/** Whether a window on a picture that is cut above and below is looked for by what draws the eye. */
export function isCutInHeight({ scaled, window }: Layout): boolean {
  return window?.at === 'attention' && window.height < scaled.height;
}

/**
 * Where the window begins: by what draws the eye or by what has most detail, whichever lies higher, and never at the bottom.
 * In tall pictures of people, a tie or shoes often draw the eye; docs/performance.md ("Crops") compares the ways.
 */
export async function topOfWindow(scaled: PlainPixels, { width, height }: Sides): Promise<number> {
  const mostAbove = Math.round(MOST_ABOVE * (scaled.height - height));
  const lowest = Math.min(topOfDetail(scaled, height), mostAbove);
  // Nothing lies higher. What draws the eye takes ten times as long to find as detail.
  if (lowest === 0) return 0;
  const { info } = await sharpOf(scaled)
    .resize({ width, height, fit: 'cover', position: sharp.strategy.attention })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return Math.min(lowest, Math.max(0, -(info.cropOffsetTop ?? 0)));
}

/** A new pipeline of them. */
export function sharpOf({ pixels, ...raw }: PlainPixels): Sharp {
  return sharp(pixels, { raw });
}

/** The picture in the size that the window is looked for in. */
export async function pixelsIn(image: Sharp, { width, height }: Sides): Promise<PlainPixels> {
  const { data, info } = await image
    .resize({ width, height, fit: 'fill' })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { pixels: data, width: info.width, height: info.height, channels: info.channels };
}
