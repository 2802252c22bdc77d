import { strideOf } from '../../../domain/image/image-header/bmp.ts';
import { iconLayoutOf } from '../../../domain/image/image-header/ico.ts';
import type { PlainPixels } from '../canvas.ts';
import { type BitmapOptions, decodeAsStored, showsAnything } from './bmp.ts';

const ALPHA_MASK = 0xff000000;
const OPAQUE = 255;

/**
 * Decodes a picture of an icon that is no PNG: with its own transparency where it has any, else by the mask behind it.
 *
 * @throws RangeError where pixels are missing, unless it is lenient
 */
export function decodeIconPicture(picture: Buffer, options: BitmapOptions): PlainPixels {
  const layout = iconLayoutOf(picture);
  const { width, height, bitsPerPixel, pixelsAt, masks } = layout;
  const [red, green, blue] = masks;
  const decoded = (alpha: number) =>
    decodeAsStored(picture, { ...layout, masks: [red, green, blue, alpha] }, options);
  const deep = bitsPerPixel === 32 ? decoded(ALPHA_MASK) : undefined;
  if (deep !== undefined && showsAnything(deep.pixels)) return deep;
  const { pixels, channels } = decoded(0);
  const rgba = channels === 4 ? pixels : withAlpha(pixels);
  const maskAt = pixelsAt + strideOf(width, bitsPerPixel) * height;
  const stride = strideOf(width, 1);
  for (let row = 0; row < height; row += 1) {
    const from = maskAt + (layout.isTopDown ? row : height - 1 - row) * stride;
    for (let column = 0; column < width; column += 1) {
      const isHidden = (((picture[from + (column >> 3)] ?? 0) << (column & 7)) & 0x80) !== 0;
      if (isHidden) rgba[(row * width + column) * 4 + 3] = 0;
    }
  }
  return { pixels: rgba, width, height, channels: 4 };
}

function withAlpha(rgb: Uint8Array): Uint8Array {
  const rgba = new Uint8Array((rgb.length / 3) * 4).fill(OPAQUE);
  for (let from = 0, to = 0; from < rgb.length; from += 3, to += 4)
    rgba.set(rgb.subarray(from, from + 3), to);
  return rgba;
}
