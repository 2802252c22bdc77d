import type { Sides } from '../../target-box.ts';
import { LowBits } from './low-bits.ts';
import { readCacheSize, readPixelCodes, readSubPicture } from './sub-picture.ts';

/** No file can have more: a tile says in 16 bits which it has. */
const MOST = 65_536;
/**
 * Of all pictures within the picture, which take up to a tenth of a second to read. Encoders write two of a pixel for each
 * 256 at most, and a small third: those of 67 megapixels.
 */
const MAX_SUB_PIXELS = 2 ** 19;
/** Of tables that are read, which takes some hundredths of a second at most. */
const MAX_TABLES_READ = 512;

const TRANSFORM = { prediction: 0, crossColour: 1, subtractGreen: 2, palette: 3 } as const;

/** What stands ahead of the pixels of a lossless picture (RFC 9649, 3). */
export interface LosslessCoding {
  /**
   * How many tables of codes its decoder makes: each part of the picture may have its own. A decoder needs up to 19 kB for
   * each, of which there can be 65,536 in a file of 300 kB. Ordinary files have some hundreds at most.
   */
  readonly codeTables: number;
  /** Tells by the codes for transparency whether there is any, whatever the file says of it. */
  readonly isTransparent: () => boolean;
}

/** @param stream what follows the sides of the picture */
export function readLosslessCoding(stream: Buffer, { width, height }: Sides): LosslessCoding {
  const bits = new LowBits(stream);
  const transforms = readTransforms(bits, { width, height });
  if (transforms === undefined) return TOO_MUCH;
  const cached = readCacheSize(bits);
  let codeTables = 1;
  if (bits.read(1) === 1) {
    const tiles = subSides(bits, { width: transforms.columns, height });
    if (transforms.subPixels + tiles.width * tiles.height > MAX_SUB_PIXELS) return TOO_MUCH;
    codeTables = Math.min(tiles.width * tiles.height, readSubPicture(bits, tiles).highest + 1);
  }
  const isTransparent = () => hasTransparency(bits, { ...transforms, cached, codeTables });
  return { codeTables, isTransparent };
}

const TOO_MUCH: LosslessCoding = { codeTables: MOST, isTransparent: () => false };

interface Transforms {
  /** Of pixels, of which a palette packs several into one. */
  readonly columns: number;
  /** Of the pictures that were read for them. */
  readonly subPixels: number;
  /** Whether pixels are stored as what is left of a prediction, by which they are opaque. */
  readonly isPredicted: boolean;
  /** Of the palette's colours; undefined without one. */
  readonly isPaletteTransparent: boolean | undefined;
}

/** Undefined where reading them would take too long. */
function readTransforms(bits: LowBits, { width, height }: Sides): Transforms | undefined {
  let [columns, subPixels] = [width, 0];
  let isPaletteTransparent: boolean | undefined;
  const met = new Set<number>();
  while (bits.read(1) === 1) {
    const kind = bits.read(2);
    if (met.has(kind)) throw new RangeError('transformed twice in one way');
    met.add(kind);
    if (kind === TRANSFORM.subtractGreen) continue;
    if (kind === TRANSFORM.palette) {
      const colours = bits.read(8) + 1;
      // Each colour is stored as how it differs from the one ahead of it.
      const { firstAlpha, hasLaterAlpha } = readSubPicture(bits, { width: colours, height: 1 });
      isPaletteTransparent = firstAlpha !== OPAQUE || hasLaterAlpha;
      columns = Math.ceil(columns / (colours <= 2 ? 8 : colours <= 4 ? 4 : colours <= 16 ? 2 : 1));
      continue;
    }
    const sides = subSides(bits, { width: columns, height });
    subPixels += sides.width * sides.height;
    if (subPixels > MAX_SUB_PIXELS) return undefined;
    readSubPicture(bits, sides);
  }
  return { columns, subPixels, isPredicted: met.has(TRANSFORM.prediction), isPaletteTransparent };
}

const OPAQUE = 255;

/** Where all pixels are opaque, there is one code for it, in all tables. */
function hasTransparency(
  bits: LowBits,
  {
    cached,
    codeTables,
    isPredicted,
    isPaletteTransparent,
  }: Transforms & { readonly cached: number; readonly codeTables: number },
): boolean {
  if (isPaletteTransparent !== undefined) return isPaletteTransparent;
  const opaque = isPredicted ? 0 : OPAQUE;
  for (let table = 0; table < Math.min(codeTables, MAX_TABLES_READ); table += 1) {
    if (readPixelCodes(bits, cached).alpha.only !== opaque) return true;
  }
  return false;
}

/** Of a picture with a pixel for each square of the whole. */
function subSides(bits: LowBits, { width, height }: Sides): Sides {
  const square = 2 ** (bits.read(3) + 2);
  return { width: Math.ceil(width / square), height: Math.ceil(height / square) };
}
