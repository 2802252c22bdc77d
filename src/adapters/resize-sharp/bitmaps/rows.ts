import { type BmpLayout, strideOf } from '../../../domain/image/image-header/bmp.ts';
import { paletteWriter, writeColour } from './palette.ts';

/** Rows that are stored pixel by pixel, as many as are there. */
export interface StoredRows {
  readonly count: number;
  /** Writes the colours of a row. */
  readonly read: (row: number, to: Uint8Array, at: number) => void;
}

export function storedRows(file: Buffer, layout: BmpLayout, channels: number): StoredRows {
  const { width, bitsPerPixel, pixelsAt } = layout;
  const stride = strideOf(width, bitsPerPixel);
  const writePixel = pixelReader(file, layout);
  const read: StoredRows['read'] = (row, to, at) => {
    const from = pixelsAt + row * stride;
    for (let column = 0; column < width; column += 1) writePixel(from, column, to, at + column * channels);
  };
  return { count: Math.max(0, Math.floor((file.length - pixelsAt) / stride)), read };
}

type PixelReader = (rowAt: number, column: number, to: Uint8Array, at: number) => void;

function pixelReader(file: Buffer, layout: BmpLayout): PixelReader {
  const { bitsPerPixel, masks } = layout;
  if (bitsPerPixel <= 8) {
    const write = paletteWriter(file, layout);
    const mask = 2 ** bitsPerPixel - 1;
    return (rowAt, column, to, at) => {
      const bit = column * bitsPerPixel;
      const byte = file[rowAt + (bit >> 3)] ?? 0;
      write((byte >> (8 - bitsPerPixel - (bit & 7))) & mask, to, at);
    };
  }
  if (bitsPerPixel === 24)
    return (rowAt, column, to, at) => writeColour(file.readUIntLE(rowAt + column * 3, 3), to, at);
  const samples = masks.slice(0, masks[3] === 0 ? 3 : 4).map(sampleOf);
  return (rowAt, column, to, at) => {
    const value =
      bitsPerPixel === 16 ? file.readUInt16LE(rowAt + column * 2) : file.readUInt32LE(rowAt + column * 4);
    samples.forEach((sample, channel) => (to[at + channel] = sample(value)));
  };
}

/** Takes the bits of a mask out of a pixel, as a sample of 8 bits. */
function sampleOf(mask: number): (value: number) => number {
  if (mask === 0) return () => 0;
  const shift = 31 - Math.clz32(mask & -mask);
  const most = mask >>> shift;
  return (value) => Math.round((((value & mask) >>> shift) * 255) / most);
}
