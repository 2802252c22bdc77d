import { crc32 } from 'node:zlib';
import { asBuffer } from '../bytes.ts';

export const PNG_SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

/** Samples of each pixel, by colour type; a palette's index is one. */
export const PNG_SAMPLES: Readonly<Record<number, number>> = { 0: 1, 2: 3, 3: 1, 4: 2, 6: 4 };

/** Bits that a sample may have, by colour type (PNG, table 11.1). */
const PNG_DEPTHS: Readonly<Record<number, readonly number[]>> = {
  0: [1, 2, 4, 8, 16],
  2: [8, 16],
  3: [1, 2, 4, 8],
  4: [8, 16],
  6: [8, 16],
};

/**
 * Bits of each sample as IHDR says, of which the size of all else follows.
 *
 * @throws RangeError where there is no such depth, or none with that colour type
 */
export function bitDepthOf(ihdr: Buffer): number {
  const [bitDepth, colourType] = [ihdr.readUInt8(8), ihdr.readUInt8(9)];
  if (PNG_DEPTHS[colourType]?.includes(bitDepth) !== true) {
    throw new RangeError(`no depth of ${bitDepth} bits with colour type ${colourType}`);
  }
  return bitDepth;
}

/** Of a chunk around its data: length and type ahead, checksum behind. */
const HEAD_BYTES = 8;
const CHECKSUM_BYTES = 4;

export interface PngChunk {
  readonly type: string;
  /** Where it begins in the file, in bytes. */
  readonly start: number;
  /** Less than the chunk says where the file ends in it. */
  readonly data: Buffer;
}

/** The chunks of a PNG as far as they go, whatever their checksums. */
export function* pngChunks(png: Uint8Array): Generator<PngChunk> {
  const bytes = asBuffer(png);
  for (let start = PNG_SIGNATURE.length; start + HEAD_BYTES <= bytes.length;) {
    const dataAt = start + HEAD_BYTES;
    const end = dataAt + bytes.readUInt32BE(start);
    yield { type: bytes.toString('latin1', start + 4, dataAt), start, data: bytes.subarray(dataAt, end) };
    start = end + CHECKSUM_BYTES;
  }
}

/** A chunk as it stands in a PNG: length, type, data and checksum. */
export function pngChunk(type: string, data: Uint8Array = new Uint8Array()): Buffer {
  const named = Buffer.concat([Buffer.from(type, 'latin1'), data]);
  const framed = Buffer.alloc(named.length + 8);
  framed.writeUInt32BE(data.length);
  named.copy(framed, 4);
  framed.writeUInt32BE(crc32(named), 4 + named.length);
  return framed;
}
