import type { Sides } from '../../target-box.ts';
import { LowBits } from './low-bits.ts';
import { type PrefixCode, readPrefixCode } from './prefix-code.ts';

/** No file can have more: a tile says in 16 bits which it has. */
const MOST = 65_536;
/** Of a picture within the picture; no encoder writes one as large, and reading it would take long. */
const MAX_SUB_PIXELS = 2 ** 20;

const TRANSFORM = { prediction: 0, crossColour: 1, subtractGreen: 2, palette: 3 } as const;
const LENGTH_CODES = 24;
const DISTANCE_CODES = 40;

/**
 * How many tables of codes the decoder makes for a lossless picture (RFC 9649, 3.4): each part of it may have its own. A
 * decoder needs up to 19 kB for each, of which there can be 65,536 in a file of 300 kB. Ordinary files have some hundreds
 * at most. Which there are is stored as a picture of its own, behind those that say how the picture was transformed.
 *
 * @param stream what follows the sides of the picture
 */
export function countCodeTables(stream: Buffer, { width, height }: Sides): number {
  const bits = new LowBits(stream);
  const columns = skipTransforms(bits, { width, height });
  if (columns === undefined) return MOST;
  if (bits.read(1) === 1) bits.read(4);
  if (bits.read(1) === 0) return 1;
  const tiles = subSides(bits, { width: columns, height });
  if (tiles.width * tiles.height > MAX_SUB_PIXELS) return MOST;
  return Math.min(tiles.width * tiles.height, highestIn(bits, tiles) + 1);
}

/** Returns how many columns are left, as a palette packs several pixels into one; undefined where it would take too long. */
function skipTransforms(bits: LowBits, { width, height }: Sides): number | undefined {
  let columns = width;
  const met = new Set<number>();
  while (bits.read(1) === 1) {
    const kind = bits.read(2);
    if (met.has(kind)) throw new RangeError('transformed twice in one way');
    met.add(kind);
    if (kind === TRANSFORM.subtractGreen) continue;
    if (kind === TRANSFORM.palette) {
      const colours = bits.read(8) + 1;
      highestIn(bits, { width: colours, height: 1 });
      columns = Math.ceil(columns / (colours <= 2 ? 8 : colours <= 4 ? 4 : colours <= 16 ? 2 : 1));
      continue;
    }
    const sides = subSides(bits, { width: columns, height });
    if (sides.width * sides.height > MAX_SUB_PIXELS) return undefined;
    highestIn(bits, sides);
  }
  return columns;
}

/** Of a picture with a pixel for each square of the whole. */
function subSides(bits: LowBits, { width, height }: Sides): Sides {
  const square = 2 ** (bits.read(3) + 2);
  return { width: Math.ceil(width / square), height: Math.ceil(height / square) };
}

/**
 * Reads a picture within the picture, to its end, and returns the highest number that a pixel's red and green make. What is
 * copied from earlier pixels, or taken from the cache of colours, was there before, and need not be looked up.
 */
function highestIn(bits: LowBits, { width, height }: Sides): number {
  const cached = bits.read(1) === 1 ? 2 ** bits.read(4) : 0;
  const [green, red, blue, alpha] = [256 + LENGTH_CODES + cached, 256, 256, 256].map((symbols) =>
    readPrefixCode(bits, symbols),
  ) as [PrefixCode, PrefixCode, PrefixCode, PrefixCode];
  const distance = readPrefixCode(bits, DISTANCE_CODES);
  const total = width * height;
  const [onlyGreen, onlyRed] = [green.only ?? Infinity, red.only];
  const isPlain = onlyGreen < 256 && blue.only !== undefined && alpha.only !== undefined;
  if (isPlain && onlyRed !== undefined) return onlyRed * 256 + onlyGreen;
  let highest = 0;
  for (let pixels = 0; pixels < total;) {
    const symbol = green.read(bits);
    if (symbol < 256) {
      highest = Math.max(highest, red.read(bits) * 256 + symbol);
      blue.read(bits);
      alpha.read(bits);
      pixels += 1;
    } else if (symbol < 256 + LENGTH_CODES) {
      pixels += readNumber(bits, symbol - 256);
      readNumber(bits, distance.read(bits));
    } else {
      pixels += 1;
    }
  }
  return highest;
}

/** A length or a distance: a symbol says how many bits of it follow (3.6.2.2). */
function readNumber(bits: LowBits, symbol: number): number {
  if (symbol < 4) return symbol + 1;
  const extraBits = (symbol - 2) >> 1;
  return ((2 + (symbol & 1)) << extraBits) + bits.read(extraBits) + 1;
}
