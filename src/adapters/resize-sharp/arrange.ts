import sharp, { type Sharp } from 'sharp';
import { type Rgba, groundOf } from '../../domain/image/colour.ts';
import type { Canvas, Layout } from '../../domain/image/layout.ts';
import type { Area } from '../../domain/image/region.ts';
import type { ThumbnailSpec } from '../../domain/request/thumbnail-spec.ts';
import { type PlainPixels, onCanvas } from './canvas.ts';
import { isCutInHeight, pixelsIn, sharpOf, topOfWindow } from './find-top.ts';

export interface Arrangement {
  readonly pixels: Sharp;
  /** Whether what was laid around the image is transparent. */
  readonly addsAlpha: boolean;
}

/** Cuts, scales and pads an image as the layout says: all that is done to the pixels of a still, and of each frame. */
export async function arranged(original: Sharp, layout: Layout, spec: ThumbnailSpec): Promise<Arrangement> {
  const { area, scaled, window, canvas } = layout;
  const image = cutOut(original, area);
  const filled = { ...scaled, fit: 'fill' } as const;
  if (canvas !== undefined)
    return padded(image.resize(filled), canvas, groundOf(spec.format, spec.background));
  if (window === undefined) return { pixels: image.resize(filled), addsAlpha: false };
  const { at, ...sides } = window;
  if (isCutInHeight(layout)) {
    const whole = await pixelsIn(image, scaled);
    const top = await topOfWindow(whole, sides);
    return { pixels: sharpOf(whole).extract({ ...sides, left: 0, top }), addsAlpha: false };
  }
  const pixels =
    typeof at === 'string'
      ? image.resize({ ...sides, fit: 'cover', position: sharp.strategy[at] })
      : image.resize(filled).extract({ ...sides, ...at });
  return { pixels, addsAlpha: false };
}

/** Ahead of all else. libjpeg and libwebp then decode at full size. */
export function cutOut(image: Sharp, area: Area | undefined): Sharp {
  return area === undefined ? image : image.extract(area);
}

/** sharp pads too, but rounds a colour that is half transparent. */
async function padded(image: Sharp, canvas: Canvas, ground: Rgba): Promise<Arrangement> {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  const { pixels, ...raw }: PlainPixels = onCanvas({ pixels: data, ...info }, canvas, ground);
  return { pixels: sharp(pixels, { raw }), addsAlpha: ground[3] < 255 };
}
