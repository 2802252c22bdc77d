import sharp, { type Sharp } from 'sharp';
import type { PlainPixels } from './canvas.ts';

/** What each EXIF orientation has a viewer do: mirror from left to right, then turn clockwise, in degrees. */
const TURNS: Readonly<Record<number, readonly [isMirrored: boolean, degrees: number]>> = {
  2: [true, 0],
  3: [false, 180],
  4: [true, 180],
  5: [true, 270],
  6: [false, 90],
  7: [true, 90],
  8: [false, 270],
};

/** Pixels of a decoder that has not turned them itself. */
export async function upright({ pixels, ...raw }: PlainPixels, orientation: number): Promise<Sharp> {
  const image = sharp(pixels, { raw });
  const [isMirrored, degrees] = TURNS[orientation] ?? [false, 0];
  if (!isMirrored && degrees === 0) return image;
  // sharp mirrors first, whatever the order of the calls.
  const { data, info } = await image
    .flop(isMirrored)
    .rotate(degrees)
    .raw()
    .toBuffer({ resolveWithObject: true });
  return sharp(data, { raw: info });
}
