import { type BmpLayout, strideOf } from '../../../domain/image/image-header/bmp.ts';

/** The palette's index of each pixel, row by row as they are stored, and how many of the rows are there. */
export interface IndexedRows {
  readonly indexes: Uint8Array;
  readonly rows: number;
}

/** Indexes of 1 to 8 bits, one after the other. */
export function packedIndexes(
  file: Buffer,
  { width, height, bitsPerPixel, pixelsAt }: BmpLayout,
): IndexedRows {
  const stride = strideOf(width, bitsPerPixel);
  const rows = Math.min(height, Math.max(0, Math.floor((file.length - pixelsAt) / stride)));
  const indexes = new Uint8Array(width * height);
  const mask = 2 ** bitsPerPixel - 1;
  for (let row = 0; row < rows; row += 1) {
    for (let column = 0; column < width; column += 1) {
      const bit = column * bitsPerPixel;
      const byte = file[pixelsAt + row * stride + (bit >> 3)] ?? 0;
      indexes[row * width + column] = (byte >> (8 - bitsPerPixel - (bit & 7))) & mask;
    }
  }
  return { indexes, rows };
}

const ESCAPE = 0;
const END_OF_ROW = 0;
const END_OF_PICTURE = 1;
const MOVE = 2;

/**
 * Runs of one index, or of two by turns where an index has four bits, and pieces as they are; behind an escape the end of
 * a row or of the picture, or a move. What is left out stays 0. Each step takes two bytes at least, and no pixel is written
 * outside of its row.
 */
export function runLengths(file: Buffer, { width, height, coding, pixelsAt }: BmpLayout): IndexedRows {
  const indexes = new Uint8Array(width * height);
  const isNibbles = coding === 'rle4';
  let [x, y, at] = [0, 0, pixelsAt];
  const put = (index: number) => {
    if (x < width && y < height) indexes[y * width + x] = index;
    x += 1;
  };
  const nibbleOf = (byte: number, position: number) => ((position & 1) === 0 ? byte >> 4 : byte & 15);
  while (at + 1 < file.length) {
    const [count, value] = [file.readUInt8(at), file.readUInt8(at + 1)];
    at += 2;
    if (count !== ESCAPE) {
      for (let done = 0; done < count; done += 1) put(isNibbles ? nibbleOf(value, done) : value);
    } else if (value === END_OF_ROW) {
      [x, y] = [0, y + 1];
    } else if (value === END_OF_PICTURE) {
      return { indexes, rows: height };
    } else if (value === MOVE) {
      x += file[at] ?? 0;
      y += file[at + 1] ?? 0;
      at += 2;
    } else {
      const bytes = isNibbles ? Math.ceil(value / 2) : value;
      for (let done = 0; done < value; done += 1) {
        const byte = file[at + (isNibbles ? done >> 1 : done)] ?? 0;
        put(isNibbles ? nibbleOf(byte, done) : byte);
      }
      // Such pieces are filled up to a multiple of two bytes.
      at += bytes + (bytes & 1);
    }
  }
  // The end mark may be missing behind the last row.
  return { indexes, rows: y === height - 1 && x >= width ? height : y };
}
