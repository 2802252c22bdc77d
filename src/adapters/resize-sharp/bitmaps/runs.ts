import type { BmpLayout } from '../../../domain/image/image-header/bmp.ts';

const ESCAPE = 0;
const END_OF_ROW = 0;
const END_OF_PICTURE = 1;
const MOVE = 2;

/** Bits of a value: an index of the palette, or a colour. */
const BITS = { plain: 8, rle4: 4, rle8: 8, rle24: 24 } as const;

/**
 * Reads runs of one value, or of two by turns where a value has four bits, and pieces as they are; behind an escape the end
 * of a row or of the picture, or a move. Each step takes two bytes at least, and no pixel is painted outside of its row.
 *
 * @param paint is told of each pixel that is there, by its number in the order of storage; the rest is left out
 * @returns how many of the rows are there
 */
export function readRuns(
  file: Buffer,
  { width, height, coding, pixelsAt }: BmpLayout,
  paint: (pixel: number, value: number) => void,
): number {
  const bits = BITS[coding];
  let [x, y, at] = [0, 0, pixelsAt];
  const put = (value: number) => {
    if (x < width && y < height) paint(y * width + x, value);
    x += 1;
  };
  const valueAt = (from: number, index: number) =>
    bits === 24
      ? colourAt(file, from + index * 3)
      : bits === 8
        ? (file[from + index] ?? 0)
        : nibble(file, from, index);
  while (at + 1 < file.length) {
    const [count, value] = [file.readUInt8(at), file.readUInt8(at + 1)];
    if (count !== ESCAPE) {
      for (let done = 0; done < count; done += 1) put(valueAt(at + 1, bits === 4 ? done & 1 : 0));
      at += 1 + Math.ceil(bits / 8);
      continue;
    }
    at += 2;
    if (value === END_OF_ROW) {
      [x, y] = [0, y + 1];
    } else if (value === END_OF_PICTURE) {
      return height;
    } else if (value === MOVE) {
      x += file[at] ?? 0;
      y += file[at + 1] ?? 0;
      at += 2;
    } else {
      for (let done = 0; done < value; done += 1) put(valueAt(at, done));
      // Such pieces are filled up to a multiple of two bytes.
      at += 2 * Math.ceil((value * bits) / 16);
    }
  }
  // The end mark may be missing behind the last row.
  return y === height - 1 && x >= width ? height : y;
}

function nibble(file: Buffer, from: number, index: number): number {
  const byte = file[from + (index >> 1)] ?? 0;
  return (index & 1) === 0 ? byte >> 4 : byte & 15;
}

/** Stored as blue, green and red. */
function colourAt(file: Buffer, at: number): number {
  return at + 3 <= file.length ? file.readUIntLE(at, 3) : 0;
}
