import { asBuffer } from './bytes.ts';
import type { InputFormat } from './formats.ts';
import { isAvif, readAvifHeader } from './image-header/avif/avif.ts';
import { isBmp, readBmpHeader } from './image-header/bmp.ts';
import { isGif, readGifHeader } from './image-header/gif.ts';
import { isHeic, readHeicHeader } from './image-header/heic/heic.ts';
import { isIco, readIcoHeader } from './image-header/ico.ts';
import { isJpeg, readJpegHeader } from './image-header/jpeg.ts';
import { isPng, readPngHeader } from './image-header/png.ts';
import type { RasterHeader } from './image-header/raster-header.ts';
import { isSvg, readSvgHeader } from './image-header/svg/svg.ts';
import { isTiff, readTiffHeader } from './image-header/tiff.ts';
import { isWebp, readWebpHeader } from './image-header/webp/webp.ts';

export type { RasterHeader, Span } from './image-header/raster-header.ts';

type Reader = readonly [is: (bytes: Buffer) => boolean, read: (bytes: Buffer) => RasterHeader];

const READERS: Readonly<Record<InputFormat, Reader>> = {
  jpeg: [isJpeg, readJpegHeader],
  png: [isPng, readPngHeader],
  webp: [isWebp, readWebpHeader],
  gif: [isGif, readGifHeader],
  avif: [isAvif, readAvifHeader],
  tiff: [isTiff, readTiffHeader],
  heic: [isHeic, readHeicHeader],
  svg: [isSvg, readSvgHeader],
  bmp: [isBmp, readBmpHeader],
  ico: [isIco, readIcoHeader],
};

/** What the first bytes say the format is; undefined for anything else. It takes a few bytes to tell, and more of an SVG. */
export function recogniseFormat(image: Uint8Array): InputFormat | undefined {
  const bytes = asBuffer(image);
  return (Object.keys(READERS) as InputFormat[]).find((format) => READERS[format][0](bytes));
}

/**
 * What an image says of itself, read in microseconds without decoding anything. Undefined where the header is cut
 * short or makes no sense. Never throws, whatever the bytes; but bytes may lie, so a decoder
 * has to be held to what was read here.
 */
export function readImageHeader(format: InputFormat, image: Uint8Array): RasterHeader | undefined {
  try {
    const header = READERS[format][1](asBuffer(image));
    return [header.width, header.height].every(isSide) ? header : undefined;
  } catch (error) {
    // A read beyond the end, which Buffer checks for, or the readers' own refusal.
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** What comes of other numbers, NaN among them, would pass by every limit that it is compared with. */
function isSide(side: number): boolean {
  return Number.isSafeInteger(side) && side > 0;
}
