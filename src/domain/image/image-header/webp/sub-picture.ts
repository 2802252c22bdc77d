import type { Sides } from '../../target-box.ts';
import type { LowBits } from './low-bits.ts';
import { type PrefixCode, readPrefixCode } from './prefix-code.ts';

const LENGTH_CODES = 24;
const DISTANCE_CODES = 40;

/** Codes for the parts of a pixel, and for how far back pixels are copied from (RFC 9649, 3.7.2). */
export interface PixelCodes {
  readonly green: PrefixCode;
  readonly red: PrefixCode;
  readonly blue: PrefixCode;
  readonly alpha: PrefixCode;
  readonly distance: PrefixCode;
}

/** What is looked for in a picture within the picture. */
export interface SubPicture {
  /** The highest number that a pixel's red and green make. */
  readonly highest: number;
  readonly firstAlpha: number;
  /** Whether any later pixel has another alpha than 0. */
  readonly hasLaterAlpha: boolean;
}

/** Of the number of colours in a cache, as a power of two (RFC 9649, 3.6.2.3). Each has a code in each table. */
const MAX_CACHE_BITS = 11;

/** How many colours are kept in a cache, which have codes of their own; 0 without one. */
export function readCacheSize(bits: LowBits): number {
  if (bits.read(1) === 0) return 0;
  const cacheBits = bits.read(4);
  if (cacheBits === 0 || cacheBits > MAX_CACHE_BITS) throw new RangeError('a cache of no such size');
  return 2 ** cacheBits;
}

export function readPixelCodes(bits: LowBits, cached: number): PixelCodes {
  return {
    green: readPrefixCode(bits, 256 + LENGTH_CODES + cached),
    red: readPrefixCode(bits, 256),
    blue: readPrefixCode(bits, 256),
    alpha: readPrefixCode(bits, 256),
    distance: readPrefixCode(bits, DISTANCE_CODES),
  };
}

/**
 * Reads a picture within the picture, to its end. What is copied from earlier pixels, or taken from the cache of colours,
 * was there before, and need not be looked up.
 */
export function readSubPicture(bits: LowBits, { width, height }: Sides): SubPicture {
  const { green, red, blue, alpha, distance } = readPixelCodes(bits, readCacheSize(bits));
  const total = width * height;
  const plain = [green.only, red.only, blue.only, alpha.only] as const;
  const [onlyGreen = Infinity, onlyRed, onlyBlue, onlyAlpha] = plain;
  if (onlyGreen < 256 && onlyRed !== undefined && onlyBlue !== undefined && onlyAlpha !== undefined) {
    const highest = onlyRed * 256 + onlyGreen;
    return { highest, firstAlpha: onlyAlpha, hasLaterAlpha: total > 1 && onlyAlpha !== 0 };
  }
  let [highest, firstAlpha, hasLaterAlpha] = [0, 0, false];
  for (let pixels = 0; pixels < total;) {
    const symbol = green.read(bits);
    if (symbol < 256) {
      highest = Math.max(highest, red.read(bits) * 256 + symbol);
      blue.read(bits);
      const value = alpha.read(bits);
      if (pixels === 0) firstAlpha = value;
      else if (value !== 0) hasLaterAlpha = true;
      pixels += 1;
    } else if (symbol < 256 + LENGTH_CODES) {
      pixels += readNumber(bits, symbol - 256);
      readNumber(bits, distance.read(bits));
    } else {
      pixels += 1;
    }
  }
  return { highest, firstAlpha, hasLaterAlpha };
}

/** A length or a distance: a symbol says how many bits of it follow (3.6.2.2). */
function readNumber(bits: LowBits, symbol: number): number {
  if (symbol < 4) return symbol + 1;
  const extraBits = (symbol - 2) >> 1;
  return ((2 + (symbol & 1)) << extraBits) + bits.read(extraBits) + 1;
}
