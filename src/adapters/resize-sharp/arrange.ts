import sharp, { type Sharp } from 'sharp';
import type { Rgba } from '../../domain/image/colour.ts';
import type { Canvas, Layout } from '../../domain/image/layout.ts';
import { type PlainPixels, onCanvas } from './canvas.ts';

export interface Arrangement {
  readonly pixels: Sharp;
  /** Whether what was laid around the image is transparent. */
  readonly addsAlpha: boolean;
}

/** Scales, cuts and pads an image as the layout says. `ground` is around it. */
export async function arranged(
  image: Sharp,
  { scaled, window, canvas }: Layout,
  ground: Rgba,
): Promise<Arrangement> {
  const filled = { ...scaled, fit: 'fill' } as const;
  if (canvas !== undefined) return padded(image.resize(filled), canvas, ground);
  if (window === undefined) return { pixels: image.resize(filled), addsAlpha: false };
  const { at, ...sides } = window;
  const pixels =
    typeof at === 'string'
      ? image.resize({ ...sides, fit: 'cover', position: sharp.strategy[at] })
      : image.resize(filled).extract({ ...sides, ...at });
  return { pixels, addsAlpha: false };
}

/** sharp pads too, but rounds a colour that is half transparent. */
async function padded(image: Sharp, canvas: Canvas, ground: Rgba): Promise<Arrangement> {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  const { pixels, ...raw }: PlainPixels = onCanvas({ pixels: data, ...info }, canvas, ground);
  return { pixels: sharp(pixels, { raw }), addsAlpha: ground[3] < 255 };
}
