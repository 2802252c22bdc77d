import sharp, { type Sharp } from 'sharp';
import { framesFor } from '../../domain/image/animation.ts';
import { isCutShort } from '../../domain/image/cut-short.ts';
import { sidesForBox } from '../../domain/image/drawn-sides.ts';
import { embeddedFor } from '../../domain/image/embedded-thumbnail.ts';
import type { ImageFile } from '../../domain/image/image-file.ts';
import type { RasterHeader } from '../../domain/image/image-header.ts';
import { partOf } from '../../domain/image/partial/partial-decoder.ts';
import { refuseExpensivePart } from '../../domain/image/structure-limit.ts';
import type { Sides } from '../../domain/image/target-box.ts';
import { uprightSides } from '../../domain/image/upright-sides.ts';
import type { Original } from '../../domain/image/thumbnail.ts';
import type { ThumbnailSpec } from '../../domain/request/thumbnail-spec.ts';
import { type PixelCoding, inSixteenBits } from './colours/srgb-pixels.ts';
import { type PixelDecoders, corrupt, depthOf, inputOf, pipelineOf } from './decoder-input.ts';
import { isBlank } from './damaged/blank.ts';

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

interface OpenOptions {
  readonly strictness: Strictness;
  readonly decoders: PixelDecoders;
}

const ALL_PAGES = -1;

const FAIL_ON = { strictest: 'warning', strict: 'error', lenient: 'none' } as const;

/** Of a TIFF, libvips passes over a tile that it cannot read unless it stops at warnings, of which sound ones have none. */
function failOnOf(strictness: Strictness, format: ImageFile['format']) {
  return FAIL_ON[format === 'tiff' && strictness === 'strict' ? 'strictest' : strictness];
}

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
  { strictness, decoders }: OpenOptions,
): Promise<OpenFile> {
  const { bytes, format, header, wholeBytes } = file;
  const isLenient = strictness === 'lenient';
  const needed = (strictness === 'strictest' ? undefined : partOf(bytes, wholeBytes, spec)) ?? bytes;
  refuseExpensivePart(header, needed);
  if (!isLenient && isCutShort(format, needed)) throw corrupt('the file ends ahead of its end');
  const isAnimation = framesFor(file, spec) > 1;
  const embedded = embeddedFor(header, spec);
  const decoded = embedded ?? sidesForBox(header, spec);
  const input = await inputOf(header, needed, { decoders, isLenient, isAnimation, sides: decoded, embedded });
  const pixels = (frames = 1) => {
    if ('pixels' in input) return pipelineOf(input);
    const { bytes: encoded, page } = input;
    const opened = sharp(encoded, {
      failOn: failOnOf(strictness, format),
      // Without it, libjpeg gives up after a hundred warnings.
      unlimited: isLenient && format === 'jpeg',
      // The header may lie: libvips refuses what turns out larger than what was admitted.
      limitInputPixels: decoded.width * decoded.height * frames,
      pages: frames === 1 ? 1 : ALL_PAGES,
      ...(page !== undefined && { page }),
      autoOrient: frames === 1,
    });
    if (header.colours?.inks === true) return opened.pipelineColourspace('cmyk').toColourspace('cmyk');
    if (header.colours !== undefined) return header.bitDepth > 8 ? inSixteenBits(opened) : opened;
    // Of an image with more than 8 bits and a colour profile, sharp 0.35 makes Display P3 values and then calls them
    // sRGB: reds come out pale. Down to 8 bits first, it takes the way of all other images.
    return header.bitDepth > 8 ? opened.pipelineColourspace(isDecodedGrey(header) ? 'b-w' : 'srgb') : opened;
  };
  if (isLenient && (await isBlank(pixels(), format))) throw corrupt('no pixel can be decoded');
  // Reading the sides with libvips costs up to 1 ms. The header of an AVIF is read for the largest of several images.
  const known =
    format === 'avif' ? undefined : (uprightSides(file) ?? ('pixels' in input ? input : undefined));
  const { width, height } = known ?? (await pixels().metadata()).autoOrient;
  const original = { format, width, height, bytes: wholeBytes };
  const sides = sidesForBox(original, spec);
  return {
    pixels,
    coding: header.colours && { colours: header.colours, bitDepth: depthOf(input) ?? header.bitDepth },
    original: isLenient ? { ...original, isDamaged: true } : original,
    sides,
  };
}

/** A profile of greys fits nothing else. libheif makes colours of greys. */
function isDecodedGrey({ format, channels }: RasterHeader): boolean {
  return channels < 3 && format !== 'avif';
}
