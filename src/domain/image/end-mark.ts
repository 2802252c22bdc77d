import { asBuffer } from './bytes.ts';
import type { InputFormat } from './formats.ts';
import { boxes } from './image-header/avif/boxes.ts';
import { readImageHeader, recogniseFormat } from './image-header.ts';

const SVG_END_BYTES = 256;

/** Whether the last bytes of what has come can be the last ones of a file of that format. They may also be chance. */
const ENDS: Readonly<Partial<Record<InputFormat, (bytes: Buffer) => boolean>>> = {
  jpeg: (bytes) => bytes.readUInt16BE(bytes.length - 2) === 0xffd9,
  png: (bytes) => bytes.toString('latin1', bytes.length - 8, bytes.length - 4) === 'IEND',
  // The end of a picture's blocks, and the trailer.
  gif: (bytes) => bytes.readUInt16BE(bytes.length - 2) === 0x003b,
  webp: (bytes) => bytes.readUInt32LE(4) + 8 <= bytes.length,
  avif: boxesEndHere,
  heic: boxesEndHere,
  bmp: (bytes) => bytes.readUInt32LE(2) === bytes.length,
  svg: (bytes) =>
    /<\/(?:\w+:)?svg>\s*$/.test(bytes.toString('latin1', Math.max(0, bytes.length - SVG_END_BYTES))),
};

/** Long enough for each of these to look at. */
const SHORTEST_BYTES = 16;

/**
 * Whether an image may be whole with what has come of it: it has a header, and ends as its format does. Where its sender
 * says no length and then says nothing more, it is taken for whole.
 */
export function mayEndHere(file: Uint8Array): boolean {
  if (file.length < SHORTEST_BYTES) return false;
  const format = recogniseFormat(file);
  if (format === undefined || ENDS[format]?.(asBuffer(file)) !== true) return false;
  return readImageHeader(format, file) !== undefined;
}

/** Whether the sizes of its boxes come to the length of the file. Of one of more boxes than any has, nobody knows. */
function boxesEndHere(bytes: Buffer): boolean {
  try {
    return boxes(bytes).at(-1)?.end === bytes.length;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
