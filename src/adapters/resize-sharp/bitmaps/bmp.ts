import { type BmpLayout, strideOf } from '../../../domain/image/image-header/bmp.ts';
import type { PlainPixels } from '../canvas.ts';
import { type IndexedRows, packedIndexes, runLengths } from './indexes.ts';

/** Strictly, rows that are missing are an error; leniently, they are transparent. */
export interface BitmapOptions {
  readonly isLenient: boolean;
}

/** The rows that are there, in the order in which they are stored. */
interface StoredRows {
  readonly count: number;
  /** Writes the colours of a row. */
  readonly read: (row: number, to: Uint8Array, at: number) => void;
}

const OPAQUE = 255;

/**
 * Decodes a BMP: RGB, or RGB and alpha where it has that or rows are missing.
 *
 * @throws RangeError where rows are missing, unless it is lenient
 */
export function decodeBmp(file: Buffer, layout: BmpLayout, { isLenient }: BitmapOptions): PlainPixels {
  const { width, height, bitsPerPixel, isTopDown, masks } = layout;
  const channels = masks[3] === 0 && !isLenient ? 3 : 4;
  const rows = bitsPerPixel <= 8 ? paletteRows(file, layout, channels) : colourRows(file, layout, channels);
  if (rows.count < height && !isLenient) throw new RangeError('rows are missing');
  const pixels = new Uint8Array(width * height * channels);
  for (let row = 0; row < Math.min(rows.count, height); row += 1) {
    const at = (isTopDown ? row : height - 1 - row) * width * channels;
    if (channels === 4) pixels.fill(OPAQUE, at, at + width * channels);
    rows.read(row, pixels, at);
  }
  return { pixels, width, height, channels };
}

function colourRows(file: Buffer, layout: BmpLayout, channels: number): StoredRows {
  const { width, bitsPerPixel, pixelsAt, masks } = layout;
  const stride = strideOf(width, bitsPerPixel);
  const count = Math.max(0, Math.floor((file.length - pixelsAt) / stride));
  const samples = masks.slice(0, masks[3] === 0 ? 3 : 4).map(sampleOf);
  const read: StoredRows['read'] = (row, to, at) => {
    const from = pixelsAt + row * stride;
    for (let column = 0; column < width; column += 1) {
      const target = at + column * channels;
      if (bitsPerPixel === 24) {
        const source = from + column * 3;
        for (let channel = 0; channel < 3; channel += 1)
          to[target + channel] = file[source + 2 - channel] ?? 0;
      } else {
        const value =
          bitsPerPixel === 16 ? file.readUInt16LE(from + column * 2) : file.readUInt32LE(from + column * 4);
        samples.forEach((sample, channel) => (to[target + channel] = sample(value)));
      }
    }
  };
  return { count, read };
}

/** Takes the bits of a mask out of a pixel, as a sample of 8 bits. */
function sampleOf(mask: number): (value: number) => number {
  if (mask === 0) return () => 0;
  const shift = 31 - Math.clz32(mask & -mask);
  const most = mask >>> shift;
  return (value) => Math.round((((value & mask) >>> shift) * 255) / most);
}

function paletteRows(file: Buffer, layout: BmpLayout, channels: number): StoredRows {
  const { at: paletteAt, entries, entryBytes } = layout.palette;
  const { indexes, rows }: IndexedRows =
    layout.coding === 'plain' ? packedIndexes(file, layout) : runLengths(file, layout);
  const read: StoredRows['read'] = (row, to, at) => {
    for (let column = 0; column < layout.width; column += 1) {
      const index = indexes[row * layout.width + column] ?? 0;
      // Beyond the palette lies black.
      const colour = paletteAt + index * entryBytes;
      for (let channel = 0; channel < 3; channel += 1) {
        to[at + column * channels + channel] = index < entries ? (file[colour + 2 - channel] ?? 0) : 0;
      }
    }
  };
  return { count: rows, read };
}
