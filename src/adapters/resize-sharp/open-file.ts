import sharp, { type Sharp } from 'sharp';
import type { ImageFile } from '../../domain/image/image-file.ts';
import { partOf } from '../../domain/image/partial/partial-decoder.ts';
import { refuseExpensivePart } from '../../domain/image/structure-limit.ts';
import { type Sides, turned } from '../../domain/image/target-box.ts';
import type { Original } from '../../domain/image/thumbnail.ts';
import type { ThumbnailSpec } from '../../domain/request/thumbnail-spec.ts';
import { withoutHidden } from './hidden-parts.ts';

/** A file that is about to be decoded. */
export interface OpenFile {
  /** A new pipeline at its beginning. */
  readonly pixels: () => Sharp;
  readonly original: Original;
}

/**
 * Opens what a thumbnail needs of a file, which for some is its beginning: of a whole file no more is decoded than of one
 * that was read in part, so that both give the same thumbnail.
 *
 * @throws ImageTooExpensiveError for a JPEG of too many scans
 * @param maxPixels for a drawing, whose header says nothing
 */
export async function openFile(file: ImageFile, spec: ThumbnailSpec, maxPixels: number): Promise<OpenFile> {
  const { bytes, format, header, wholeBytes } = file;
  const needed = partOf(bytes, wholeBytes, spec) ?? bytes;
  if (header !== undefined) refuseExpensivePart(header, needed);
  const input = header === undefined ? needed : withoutHidden(needed, header);
  const pixels = () => {
    const opened = sharp(input, {
      failOn: 'error',
      // The header may lie: libvips refuses what turns out larger than what was admitted.
      limitInputPixels: header === undefined ? maxPixels : header.width * header.height,
      pages: 1,
      autoOrient: true,
    });
    // Of an image with more than 8 bits and a colour profile, sharp 0.35 makes Display P3 values and then calls them
    // sRGB: reds come out pale. Down to 8 bits first, it takes the way of all other images.
    return header !== undefined && header.bitDepth > 8 ? opened.pipelineColourspace('srgb') : opened;
  };
  const { width, height } = uprightSides(file) ?? (await pixels().metadata()).autoOrient;
  return { pixels, original: { format, width, height, bytes: wholeBytes } };
}

/**
 * Reading the sides with libvips costs up to 1 ms; undefined where the header is not the whole truth. AVIF can turn and
 * crop by other means than EXIF, and its header is read for the largest of several images. Of a GIF whose frame leaves
 * some of the canvas bare, the decoder may not believe the canvas.
 */
function uprightSides({ header }: ImageFile): Sides | undefined {
  if (header === undefined || header.format === 'avif' || (header.format === 'gif' && header.hasAlpha)) {
    return undefined;
  }
  return turned(header, header.orientation);
}
