import { inflateSync } from 'node:zlib';
import { PNG_SAMPLES, pngChunks } from '../image/png/chunks.ts';
import { unfilter } from '../image/png/unfilter.ts';
import type { Pixels } from './pixels.ts';

const PALETTE = 3;

interface Layout {
  readonly width: number;
  readonly height: number;
  /** Of a sample. */
  readonly bits: number;
  readonly colourType: number;
  readonly samples: number;
}

/**
 * The pixels of a PNG that a resizer made: small, and in one pass over its rows (PNG, third edition, 9 and 11).
 *
 * @throws Error for any other PNG, which says that the resizer is at fault
 */
export function pixelsOfPng(bytes: Uint8Array): Pixels {
  const chunks = [...pngChunks(bytes)];
  const layout = layoutIn(chunks.find(({ type }) => type === 'IHDR')?.data);
  const data = Buffer.concat(chunks.filter(({ type }) => type === 'IDAT').map((chunk) => chunk.data));
  const rows = unfiltered(inflateSync(data), layout);
  const palette = chunks.find(({ type }) => type === 'PLTE')?.data ?? Buffer.alloc(0);
  const alphas = chunks.find(({ type }) => type === 'tRNS')?.data;
  return { width: layout.width, height: layout.height, rgba: toRgba(rows, layout, { palette, alphas }) };
}

function layoutIn(header: Buffer | undefined): Layout {
  if (header === undefined) throw new Error('the resizer made no PNG');
  const colourType = header.readUInt8(9);
  const samples = PNG_SAMPLES[colourType];
  if (samples === undefined || header.readUInt8(12) !== 0) throw new Error('the resizer made an odd PNG');
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  return { width, height, bits: header.readUInt8(8), colourType, samples };
}

/** Rows without the filters ahead of them. */
function unfiltered(data: Buffer, { width, height, bits, samples }: Layout): Buffer {
  const bytesPerPixel = Math.max(1, (bits * samples) >> 3);
  const length = Math.ceil((width * bits * samples) / 8);
  const rows = Buffer.alloc(length * height);
  let above: Buffer | undefined;
  for (let y = 0; y < height; y += 1) {
    const at = y * (length + 1);
    const row = rows.subarray(y * length, (y + 1) * length);
    data.copy(row, 0, at + 1, at + 1 + length);
    unfilter(data.readUInt8(at), row, above, bytesPerPixel);
    above = row;
  }
  return rows;
}

interface Colours {
  readonly palette: Buffer;
  /** Of the palette's colours, or the one colour that is transparent. */
  readonly alphas: Buffer | undefined;
}

function toRgba(rows: Buffer, layout: Layout, { palette, alphas }: Colours): Uint8Array {
  const { width, height, colourType, samples } = layout;
  const rgba = new Uint8Array(width * height * 4);
  const sampleAt = sampleReader(rows, layout);
  for (let pixel = 0; pixel < width * height; pixel += 1) {
    const read = (sample: number) => sampleAt(Math.floor(pixel / width), (pixel % width) * samples + sample);
    const to = pixel * 4;
    if (colourType === PALETTE) {
      const index = read(0);
      rgba.set(palette.subarray(index * 3, index * 3 + 3), to);
      rgba[to + 3] = alphas?.[index] ?? 255;
      continue;
    }
    const isGrey = samples < 3;
    const values = Array.from({ length: samples }, (_, sample) => read(sample));
    const colours = isGrey ? [values[0], values[0], values[0]] : values.slice(0, 3);
    const alpha = samples % 2 === 0 ? values.at(-1) : isNamed(values, alphas) ? 0 : maxOf(layout);
    rgba.set(
      [...colours, alpha].map((value = 0) => (value * 255) / maxOf(layout)),
      to,
    );
  }
  return rgba;
}

/** Whether this is the colour that tRNS makes transparent, where it has no alpha of its own. */
function isNamed(values: readonly number[], alphas: Buffer | undefined): boolean {
  return alphas !== undefined && values.every((value, index) => alphas.readUInt16BE(index * 2) === value);
}

function maxOf({ bits }: Layout): number {
  return 2 ** bits - 1;
}

/** Reads the sample at a place in a row; those below a byte are packed, the first in the highest bits. */
function sampleReader(rows: Buffer, { width, bits, samples }: Layout) {
  const length = Math.ceil((width * bits * samples) / 8);
  return (row: number, index: number): number => {
    if (bits === 16) return rows.readUInt16BE(row * length + index * 2);
    if (bits === 8) return rows.readUInt8(row * length + index);
    const bit = index * bits;
    return (rows.readUInt8(row * length + (bit >> 3)) >> (8 - bits - (bit & 7))) & (2 ** bits - 1);
  };
}
