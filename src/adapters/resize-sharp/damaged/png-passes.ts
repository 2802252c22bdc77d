/** Where the pixels of an interlaced PNG's passes lie, and how large each is shown until finer ones come (PNG, 8.1). */
const PASSES = [
  { x: 0, y: 0, dx: 8, dy: 8, width: 8, height: 8 },
  { x: 4, y: 0, dx: 8, dy: 8, width: 4, height: 8 },
  { x: 0, y: 4, dx: 4, dy: 8, width: 4, height: 4 },
  { x: 2, y: 0, dx: 4, dy: 4, width: 2, height: 4 },
  { x: 0, y: 2, dx: 2, dy: 4, width: 2, height: 2 },
  { x: 1, y: 0, dx: 2, dy: 2, width: 1, height: 2 },
  { x: 0, y: 1, dx: 1, dy: 2, width: 1, height: 1 },
] as const;

/** How the pixels of a PNG are stored. */
export interface PngLayout {
  readonly width: number;
  readonly height: number;
  readonly bitsPerPixel: number;
}

interface PassRow {
  readonly bytes: number;
  readonly pixels: number;
  readonly isFirst: boolean;
  /** Where its pixels come to lie. */
  readonly y: number;
  readonly pass: (typeof PASSES)[number];
}

/** The rows of all passes, in the order in which they are stored; a row is a byte for its filter longer. */
export function* passRows({ width, height, bitsPerPixel }: PngLayout): Generator<PassRow, undefined> {
  for (const pass of PASSES) {
    const pixels = Math.ceil((width - pass.x) / pass.dx);
    if (pixels <= 0) continue;
    for (let y = pass.y; y < height; y += pass.dy) {
      yield { bytes: Math.ceil((pixels * bitsPerPixel) / 8), pixels, isFirst: y === pass.y, y, pass };
    }
  }
  return undefined;
}

/**
 * Puts the pixels of a row where they are shown: over the whole area that they stand for, which later passes refine.
 *
 * @param image of one byte for each pixel where one takes less than that
 */
export function placeRow(image: Buffer, layout: PngLayout, { pixels, y, pass }: PassRow, row: Buffer): void {
  const bytes = Math.max(1, layout.bitsPerPixel / 8);
  const stride = layout.width * bytes;
  const end = Math.min(layout.height, y + pass.height);
  for (let index = 0; index < pixels; index += 1) {
    const x = pass.x + index * pass.dx;
    const xEnd = Math.min(layout.width, x + pass.width);
    for (let across = x; across < xEnd; across += 1) {
      const at = y * stride + across * bytes;
      if (layout.bitsPerPixel < 8) image[at] = sampleAt(row, index, layout.bitsPerPixel);
      else for (let byte = 0; byte < bytes; byte += 1) image[at + byte] = row[index * bytes + byte] ?? 0;
    }
  }
  const [from, to] = [y * stride + pass.x * bytes, (y + 1) * stride];
  for (let down = y + 1; down < end; down += 1) image.copyWithin(down * stride + pass.x * bytes, from, to);
}

/** Several pixels share a byte, the first in its highest bits. */
function sampleAt(row: Buffer, index: number, bits: number): number {
  const bit = index * bits;
  return ((row[bit >> 3] ?? 0) >> (8 - bits - (bit & 7))) & ((1 << bits) - 1);
}
