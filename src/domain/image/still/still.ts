import { asBuffer } from '../bytes.ts';
import type { RasterHeader } from '../image-header.ts';
import { largestOf } from '../image-header/ico.ts';
import { stillApng } from './apng.ts';
import { stillAvif } from './avif.ts';
import { stillGif, transparentGif } from './gif.ts';
import { announcingAlpha } from './webp.ts';

/** A file, and which of its pictures is the first frame; undefined for the one that the file itself calls its primary. */
export interface Still {
  readonly bytes: Uint8Array;
  readonly page: number | undefined;
}

/**
 * The file as decoders take it for what browsers show of it: its first frame, with its transparency. Most files are that
 * already, and come back uncopied; see `RasterHeader.isRewritten`.
 */
export function stillOf({ format, isRewritten }: RasterHeader, file: Uint8Array): Still {
  const page = format === 'avif' ? undefined : 0;
  if (!isRewritten) return { bytes: file, page };
  try {
    const bytes = rewritten(format, asBuffer(file));
    return { bytes, page: format === 'gif' && bytes !== file ? 1 : page };
  } catch (error) {
    // Cut short: what is there is left to the decoder.
    if (error instanceof RangeError) return { bytes: file, page };
    throw error;
  }
}

/** The file as decoders take it for all of its frames, and the first of them. */
export function framesOf({ format, isRewritten }: RasterHeader, file: Uint8Array): Still {
  return format === 'gif' && isRewritten
    ? { bytes: transparentGif(asBuffer(file)), page: 1 }
    : { bytes: file, page: 0 };
}

function rewritten(format: RasterHeader['format'], file: Buffer): Uint8Array {
  switch (format) {
    case 'png':
      return stillApng(file);
    case 'gif':
      return stillGif(file);
    case 'webp':
      return announcingAlpha(file);
    case 'avif':
      return stillAvif(file);
    case 'jpeg':
    case 'tiff':
    case 'svg':
    case 'bmp':
    case 'heic':
      return file;
    case 'ico':
      return largestOf(file).bytes;
  }
}
