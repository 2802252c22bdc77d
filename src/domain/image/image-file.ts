import { CorruptImageError, ImageTooLargeError, UnsupportedImageError } from '../errors/index.ts';
import { formatPixels } from '../errors/units.ts';
import type { InputFormat } from './formats.ts';
import { readImageHeader, recogniseFormat } from './image-header.ts';
import type { RasterHeader } from './image-header/raster-header.ts';
import { refusalOf } from './refusal.ts';
import { refuseExpensive } from './structure-limit.ts';

/** An encoded image whose header was read, and found acceptable. Nothing behind it reads the header again. */
export interface ImageFile {
  readonly bytes: Uint8Array;
  readonly format: InputFormat;
  readonly header: RasterHeader;
  /** Whether the bytes are the beginning of the file, ended so that they can be decoded; see `PartialDecoder`. */
  readonly isPart: boolean;
  /** Length of the whole file in bytes, where it is known. */
  readonly wholeBytes: number | undefined;
}

/** What an animation may have that is to stay one. */
export interface AnimationLimits {
  readonly maxFrames: number;
  /** Of all frames of the source together. */
  readonly maxPixels: number;
}

/** Which images are taken at all. */
export interface InputLimits {
  /** Decoders that are switched on. */
  readonly inputFormats: readonly InputFormat[];
  /** Most pixels that an image may have. */
  readonly maxPixels: number;
  /** Whether damaged files are refused, instead of shown as far as they can be. */
  readonly refusesDamaged?: boolean;
  /** What animations may have that stay such; undefined for anything. */
  readonly animations?: AnimationLimits;
}

/**
 * The longest side of a WebP, and of what browsers draw. The cost of a narrow image goes by its rows: 12 million rows of
 * four pixels, within any limit on pixels, took 49 seconds.
 */
export const MAX_SIDE_PX = 16_383;

/**
 * Reads the header of an image, once and for all.
 *
 * @throws UnsupportedImageError, CorruptImageError, ImageTooLargeError or ImageTooExpensiveError where the header says
 * enough to refuse
 */
export function openImage(
  { bytes, isPart, wholeBytes }: Pick<ImageFile, 'bytes' | 'isPart' | 'wholeBytes'>,
  { inputFormats, maxPixels }: InputLimits,
): ImageFile {
  const format = recogniseFormat(bytes);
  if (format === undefined || !inputFormats.includes(format)) {
    throw refusalOf(bytes, inputFormats, { isWhole: true }) ?? new UnsupportedImageError(inputFormats);
  }
  const file = { bytes, format, isPart, wholeBytes };
  const header = readImageHeader(format, bytes);
  if (header === undefined) {
    throw new CorruptImageError({ cause: new Error(`the ${format} header cannot be read`) });
  }
  // A drawing has no pixels until it is drawn, in the size that is asked for.
  if (format === 'svg') return { ...file, header };
  const sidePx = Math.max(header.width, header.height);
  if (sidePx > MAX_SIDE_PX) throw tooLong(sidePx);
  const pixels = header.width * header.height;
  if (pixels > maxPixels) throw tooManyPixels(pixels, maxPixels);
  // How much of a whole JPEG is decoded depends on the thumbnail; see `refuseExpensivePart`.
  if (format !== 'jpeg' || isPart) refuseExpensive(header);
  return { ...file, header };
}

/** A whole file. */
export function openWholeImage(bytes: Uint8Array, limits: InputLimits): ImageFile {
  return openImage({ bytes, isPart: false, wholeBytes: bytes.length }, limits);
}

function tooLong(sidePx: number): ImageTooLargeError {
  return new ImageTooLargeError(
    `One side of the image has ${sidePx} pixels, and the limit is ${MAX_SIDE_PX}.`,
  );
}

function tooManyPixels(pixels: number, maxPixels: number): ImageTooLargeError {
  const [has, limit] = formatPixels(pixels, maxPixels);
  return new ImageTooLargeError(`The image has ${has}, and the limit is ${limit}.`);
}
