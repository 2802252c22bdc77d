import sharp, { type Sharp } from 'sharp';
import { CorruptImageError } from '../../domain/errors/index.ts';
import { asBuffer } from '../../domain/image/bytes.ts';
import { framesFor } from '../../domain/image/animation.ts';
import { isCutShort } from '../../domain/image/cut-short.ts';
import { sidesForBox } from '../../domain/image/drawn-sides.ts';
import type { InputFormat } from '../../domain/image/formats.ts';
import type { ImageFile } from '../../domain/image/image-file.ts';
import type { RasterHeader } from '../../domain/image/image-header.ts';
import { partOf } from '../../domain/image/partial/partial-decoder.ts';
import { type Still, stillOf } from '../../domain/image/still/still.ts';
import { drawingOf } from '../../domain/image/still/svg.ts';
import { refuseExpensivePart } from '../../domain/image/structure-limit.ts';
import type { Sides } from '../../domain/image/target-box.ts';
import { uprightSides } from '../../domain/image/upright-sides.ts';
import type { Original } from '../../domain/image/thumbnail.ts';
import type { ThumbnailSpec } from '../../domain/request/thumbnail-spec.ts';
import { type PixelCoding, inSixteenBits } from './colours/srgb-pixels.ts';
import { bitmapOf } from './bitmaps/bitmap.ts';
import type { PlainPixels } from './canvas.ts';
import { isBlank } from './damaged/blank.ts';
import { repairedJpeg } from './damaged/repair-jpeg.ts';
import { repairedPng } from './damaged/repair-png.ts';
import { withoutHidden } from './hidden-parts.ts';

/** A file that is about to be decoded. */
export interface OpenFile {
  /** A new pipeline at its beginning; of more than one frame, all stand one below the other, and none is turned upright. */
  readonly pixels: (frames?: number) => Sharp;
  /** Of these pixels, where they are not sRGB yet. */
  readonly coding: PixelCoding | undefined;
  readonly original: Original;
  /** Of the pixels, which the thumbnail goes by; see `sidesForBox`. */
  readonly sides: Sides;
}

/**
 * `strict` refuses damaged files. It takes what decoders pass over in silence, such as a scan that lost some of its data,
 * as they always have; `strictest` does not, and decodes all of the file. `lenient` takes what can be decoded.
 */
export type Strictness = 'strictest' | 'strict' | 'lenient';

const ALL_PAGES = -1;

const FAIL_ON = { strictest: 'warning', strict: 'error', lenient: 'none' } as const;

/**
 * Opens what a thumbnail needs of a file, which for some is its beginning: of a whole file no more is decoded than of one
 * that was read in part, so that both give the same thumbnail.
 *
 * @throws ImageTooExpensiveError for a JPEG of too many scans
 * @throws CorruptImageError for a file that is cut short, and leniently for one of which nothing can be decoded
 */
export async function openFile(
  file: ImageFile,
  spec: ThumbnailSpec,
  strictness: Strictness,
): Promise<OpenFile> {
  const { bytes, format, header, wholeBytes } = file;
  const isLenient = strictness === 'lenient';
  const needed = (strictness === 'strictest' ? undefined : partOf(bytes, wholeBytes, spec)) ?? bytes;
  refuseExpensivePart(header, needed);
  if (!isLenient && isCutShort(format, needed)) throw corrupt('the file ends ahead of its end mark');
  const isAnimation = framesFor(file, spec) > 1;
  const decoded = sidesForBox(header, spec);
  const input = await inputOf(header, needed, { isLenient, isAnimation, sides: decoded });
  const pixels = (frames = 1) => {
    if ('pixels' in input) return sharp(input.pixels, { raw: input });
    const { bytes: encoded, page } = input;
    const opened = sharp(encoded, {
      failOn: FAIL_ON[strictness],
      // Without it, libjpeg gives up after a hundred warnings.
      unlimited: isLenient && format === 'jpeg',
      // The header may lie: libvips refuses what turns out larger than what was admitted.
      limitInputPixels: decoded.width * decoded.height * frames,
      ...(frames === 1 ? { page, pages: 1 } : { pages: ALL_PAGES }),
      autoOrient: frames === 1,
    });
    if (header.colours !== undefined) return header.bitDepth > 8 ? inSixteenBits(opened) : opened;
    // Of an image with more than 8 bits and a colour profile, sharp 0.35 makes Display P3 values and then calls them
    // sRGB: reds come out pale. Down to 8 bits first, it takes the way of all other images.
    return header.bitDepth > 8 ? opened.pipelineColourspace('srgb') : opened;
  };
  if (isLenient && (await isBlank(pixels(), format))) throw corrupt('no pixel can be decoded');
  // Reading the sides with libvips costs up to 1 ms. The header of an AVIF is read for the largest of several images.
  const known = format === 'avif' ? undefined : uprightSides(file);
  const { width, height } = known ?? (await pixels().metadata()).autoOrient;
  const original = { format, width, height, bytes: wholeBytes };
  const sides = sidesForBox(original, spec);
  return {
    pixels,
    coding: header.colours && { colours: header.colours, bitDepth: header.bitDepth },
    original: isLenient ? { ...original, isDamaged: true } : original,
    sides,
  };
}

interface InputOptions {
  readonly isLenient: boolean;
  readonly isAnimation: boolean;
  /** Of a drawing, in which it is drawn. */
  readonly sides: Sides;
}

/** What libvips is given of the file: what a decoder of its own takes, or pixels. */
async function inputOf(
  header: RasterHeader,
  needed: Uint8Array,
  { isLenient, isAnimation, sides }: InputOptions,
): Promise<Still | PlainPixels> {
  const file = asBuffer(needed);
  if (header.format === 'svg') return { bytes: within(() => drawingOf(file, header, sides)), page: 0 };
  const bitmap = within(() => bitmapOf(header.format, file, { isLenient }));
  if (bitmap !== undefined) return bitmap;
  const still = isAnimation ? { bytes: needed, page: 0 } : stillOf(header, needed);
  const seen = withoutHidden(still.bytes, header);
  const bytes = isLenient ? await repaired(seen, header.format) : seen;
  if (bytes === undefined) throw corrupt('no pixel can be decoded');
  return { ...still, bytes };
}

/** What reads beyond the end of a file finds it corrupt. */
function within<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof RangeError ? new CorruptImageError({ cause: error }) : error;
  }
}

async function repaired(file: Uint8Array, format: InputFormat): Promise<Uint8Array | undefined> {
  if (format === 'jpeg') return repairedJpeg(file);
  return format === 'png' ? repairedPng(file) : file;
}

function corrupt(reason: string): CorruptImageError {
  return new CorruptImageError({ cause: new Error(reason) });
}
