import type { Rgba } from '../../domain/image/colour.ts';
import type { Canvas } from '../../domain/image/layout.ts';

/** Rows from the top, 8 bits a sample. */
export interface PlainPixels {
  readonly pixels: Uint8Array;
  readonly width: number;
  readonly height: number;
  /** Grey, grey and alpha, RGB, or RGB and alpha. */
  readonly channels: 1 | 2 | 3 | 4;
}

/** An image on a canvas of one colour. It comes out in colour, and with alpha where either of them has it. */
export function onCanvas(
  image: PlainPixels,
  { width, height, left, top }: Canvas,
  ground: Rgba,
): PlainPixels {
  const hasAlpha = image.channels % 2 === 0 || ground[3] < 255;
  const channels = hasAlpha ? 4 : 3;
  const pixels = new Uint8Array(width * height * channels);
  const pixel = ground.slice(0, channels);
  if (pixel.some((sample) => sample !== 0)) Buffer.from(pixels.buffer).fill(Buffer.from(pixel));
  const rows = inColour(image, channels);
  const rowBytes = image.width * channels;
  for (let row = 0; row < image.height; row += 1) {
    const at = ((top + row) * width + left) * channels;
    pixels.set(rows.subarray(row * rowBytes, (row + 1) * rowBytes), at);
  }
  return { pixels, width, height, channels };
}

/** The same pixels with that many channels, which are no fewer. */
function inColour({ pixels, width, height, channels }: PlainPixels, wanted: 3 | 4): Uint8Array {
  if (channels === wanted) return pixels;
  const converted = new Uint8Array(width * height * wanted).fill(255);
  const isGrey = channels < 3;
  for (let from = 0, to = 0; from < pixels.length; from += channels, to += wanted) {
    for (let colour = 0; colour < 3; colour += 1) {
      converted[to + colour] = pixels[isGrey ? from : from + colour] ?? 0;
    }
    if (channels === 2) converted[to + 3] = pixels[from + 1] ?? 0;
  }
  return converted;
}
