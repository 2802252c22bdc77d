import { Readable } from 'node:stream';
import { createDeflate } from 'node:zlib';
import {
  PNG_SAMPLES,
  PNG_SIGNATURE,
  bitDepthOf,
  pngChunk,
  pngChunks,
} from '../../../domain/image/png/chunks.ts';
import { unfilter } from '../../../domain/image/png/unfilter.ts';
import { type PngLayout, passRows, placeRow } from './png-passes.ts';
import { unpackedRows } from './unpack-png.ts';

const GREY = 0;

/**
 * A damaged PNG as a lenient decoder can be given it; undefined where no row of it can be unpacked. libpng gives up an
 * interlaced one as a whole, and what has come of it is the whole image in less detail: that is written without
 * interlacing.
 */
export async function repairedPng(png: Uint8Array): Promise<Uint8Array | undefined> {
  const ihdr = [...pngChunks(png)].find(({ type }) => type === 'IHDR')?.data;
  if (ihdr === undefined || ihdr.length < 13) return png;
  const layout = layoutOf(ihdr);
  const isInterlaced = ihdr.readUInt8(12) === 1;
  if (!isInterlaced) return (await hasRow(png, layout)) ? png : undefined;
  const image = await imageOf(png, layout);
  return image && written(png, ihdr, layout, image);
}

function layoutOf(ihdr: Buffer): PngLayout {
  const samples = PNG_SAMPLES[ihdr.readUInt8(9)] ?? 4;
  return {
    width: ihdr.readUInt32BE(0),
    height: ihdr.readUInt32BE(4),
    bitsPerPixel: bitDepthOf(ihdr) * samples,
  };
}

async function hasRow(png: Uint8Array, { width, bitsPerPixel }: PngLayout): Promise<boolean> {
  const rowBytes = 1 + Math.ceil((width * bitsPerPixel) / 8);
  let bytes = 0;
  for await (const part of unpackedRows(png, rowBytes)) bytes += part.length;
  return bytes >= rowBytes;
}

/** All pixels, as far as the passes go; undefined where not a row has come. */
async function imageOf(png: Uint8Array, layout: PngLayout): Promise<Buffer | undefined> {
  const bytesPerPixel = Math.max(1, layout.bitsPerPixel / 8);
  const image = Buffer.alloc(layout.width * layout.height * bytesPerPixel);
  const rows = passRows(layout);
  let next = rows.next().value;
  let above: Buffer | undefined;
  let [rest, isEmpty] = [Buffer.alloc(0), true];
  for await (const part of unpackedRows(png, 2 * image.length + 8 * layout.height + 64)) {
    rest = Buffer.concat([rest, part]);
    while (next && rest.length > next.bytes) {
      const row = Buffer.from(rest.subarray(1, 1 + next.bytes));
      unfilter(rest.readUInt8(0), row, next.isFirst ? undefined : above, bytesPerPixel);
      placeRow(image, layout, next, row);
      rest = rest.subarray(1 + next.bytes);
      isEmpty = false;
      above = row;
      next = rows.next().value;
    }
  }
  return isEmpty ? undefined : image;
}

/** Samples of less than a byte have become bytes. */
async function written(
  png: Uint8Array,
  ihdr: Buffer,
  { width, height, bitsPerPixel }: PngLayout,
  image: Buffer,
): Promise<Buffer> {
  const header = Buffer.from(ihdr.subarray(0, 13));
  header.writeUInt8(Math.max(8, ihdr.readUInt8(8)), 8);
  header.writeUInt8(0, 12);
  if (bitsPerPixel < 8 && ihdr.readUInt8(9) === GREY) spread(image, bitsPerPixel);
  const parts = [PNG_SIGNATURE, pngChunk('IHDR', header)];
  for (const { type, data } of pngChunks(png)) {
    if (type === 'IDAT') break;
    if (type !== 'IHDR') parts.push(pngChunk(type, data));
  }
  const stride = width * Math.max(1, bitsPerPixel / 8);
  const packed = Readable.from(rowsOf(image, stride, height)).pipe(createDeflate({ level: 1 }));
  for await (const part of packed as AsyncIterable<Buffer>) parts.push(pngChunk('IDAT', part));
  return Buffer.concat([...parts, pngChunk('IEND')]);
}

function* rowsOf(image: Buffer, stride: number, height: number): Generator<Buffer> {
  const row = Buffer.alloc(1 + stride);
  for (let y = 0; y < height; y += 1) {
    image.copy(row, 1, y * stride, (y + 1) * stride);
    yield Buffer.from(row);
  }
}

/** From black to white in eight bits. */
function spread(samples: Buffer, bits: number): void {
  const factor = 255 / (2 ** bits - 1);
  for (let at = 0; at < samples.length; at += 1) samples[at] = (samples[at] ?? 0) * factor;
}
