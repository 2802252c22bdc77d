import type { PixelTraits } from './encodings.ts';

interface Layout {
  readonly width: number;
  readonly channels: number;
}

/**
 * The part of the pixels that are the same as a neighbour from which on a picture counts as flat. Photographs, also those
 * that a palette was made for, have 0 to 0.02 of them; of drawings and lettering with less, lossless encodings were not the
 * smaller ones.
 */
const FLAT_FROM = 0.5;

/** What a thumbnail's plain pixels look like. Takes a tenth of a millisecond at 256 px. */
export function traitsOf(pixels: Buffer, layout: Layout): PixelTraits {
  return { isTransparent: isTransparent(pixels, layout), isFlat: isFlat(pixels, layout) };
}

/** Whether any pixel is. */
export function isTransparent(pixels: Uint8Array, { channels }: Pick<Layout, 'channels'>): boolean {
  if (channels !== 4) return false;
  for (let at = 3; at < pixels.length; at += 4) {
    if (pixels[at] !== 255) return true;
  }
  return false;
}

/** Both neighbours count: in a gradient one of them is the same. The first row and column are let go. */
function isFlat(pixels: Buffer, { width, channels }: Layout): boolean {
  const rowBytes = width * channels;
  let same = 0;
  for (let at = rowBytes; at < pixels.length; at += channels) {
    if (isSame(pixels, at, at - channels, channels) || isSame(pixels, at, at - rowBytes, channels)) same += 1;
  }
  return same >= FLAT_FROM * ((pixels.length - rowBytes) / channels);
}

function isSame(pixels: Buffer, a: number, b: number, channels: number): boolean {
  for (let channel = 0; channel < channels; channel += 1) {
    if (pixels[a + channel] !== pixels[b + channel]) return false;
  }
  return true;
}
