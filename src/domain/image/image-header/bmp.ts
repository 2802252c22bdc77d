import { coloursOfProfile } from './icc-colours.ts';
import { PLAIN, type RasterHeader } from './raster-header.ts';

/** How a BMP is laid out; positions are of bytes in the file, or in the bytes that were read as one. */
export interface BmpLayout {
  readonly width: number;
  readonly height: number;
  readonly isTopDown: boolean;
  readonly bitsPerPixel: number;
  readonly coding: 'plain' | 'rle8' | 'rle4' | 'rle24';
  /** Of red, green, blue and alpha in a pixel of 16 or 32 bits; 0 where there is none. */
  readonly masks: readonly [red: number, green: number, blue: number, alpha: number];
  readonly palette: { readonly at: number; readonly entries: number; readonly entryBytes: number };
  readonly pixelsAt: number;
}

const FILE_HEADER_BYTES = 14;
/** Of OS/2, with sides of 16 bits and a palette without spare bytes. */
const CORE_HEADER_BYTES = 12;

const HEADER_BYTES = [CORE_HEADER_BYTES, 16, 40, 52, 56, 64, 108, 124];

/** Of OS/2 2, where compressions have other numbers. */
const OS2_HEADER_BYTES = 64;
/** The first headers with a mask for alpha beside those of colours, with one that always counts, and with a profile. */
const MASKED_HEADER_BYTES = 56;
const ALPHA_HEADER_BYTES = 108;
const PROFILE_HEADER_BYTES = 124;

const COMPRESSION = { none: 0, rle8: 1, rle4: 2, masks: 3, masksWithAlpha: 6 } as const;
const OS2_COMPRESSION = { none: 0, rle8: 1, rle4: 2, rle24: 4 } as const;

/** Of red, green and blue. */
const usualMasks = (bitsPerPixel: number): readonly number[] =>
  bitsPerPixel === 16 ? [0x7c00, 0x03e0, 0x001f] : [0xff0000, 0x00ff00, 0x0000ff];

export function isBmp(bytes: Buffer): boolean {
  return (
    bytes.length >= FILE_HEADER_BYTES + 4 &&
    bytes.toString('latin1', 0, 2) === 'BM' &&
    HEADER_BYTES.includes(bytes.readUInt32LE(FILE_HEADER_BYTES))
  );
}

export function readBmpHeader(bytes: Buffer): RasterHeader {
  return { ...headerOf(bmpLayoutOf(bytes), 'bmp'), colours: coloursOf(bytes) };
}

/** What a profile in the file says; one that the header only names is elsewhere. */
function coloursOf(bytes: Buffer): RasterHeader['colours'] {
  if (bytes.readUInt32LE(FILE_HEADER_BYTES) < PROFILE_HEADER_BYTES) return undefined;
  const header = bytes.subarray(FILE_HEADER_BYTES);
  if (header.length < PROFILE_HEADER_BYTES || header.toString('latin1', 56, 60) !== 'DEBM') return undefined;
  const at = header.readUInt32LE(112);
  return coloursOfProfile(header.subarray(at, at + header.readUInt32LE(116)));
}

export function headerOf({ width, height, masks }: BmpLayout, format: 'bmp' | 'ico'): RasterHeader {
  const hasAlpha = format === 'ico' || masks[3] !== 0;
  return { ...PLAIN, format, width, height, hasAlpha, channels: hasAlpha ? 4 : 3, lossless: true };
}

/** Of a whole file. @throws RangeError where it makes no sense */
export function bmpLayoutOf(bytes: Buffer): BmpLayout {
  const layout = layoutAt(bytes, FILE_HEADER_BYTES);
  const saidAt = bytes.readUInt32LE(10);
  return { ...layout, pixelsAt: saidAt === 0 ? layout.pixelsAt : saidAt };
}

/** Of a picture whose header is at `at`, with its pixels behind its palette. */
export function layoutAt(bytes: Buffer, at: number): BmpLayout {
  const headerBytes = bytes.readUInt32LE(at);
  if (!HEADER_BYTES.includes(headerBytes)) throw new RangeError('no header of a known length');
  const isCore = headerBytes === CORE_HEADER_BYTES;
  const [width, height] = isCore
    ? [bytes.readUInt16LE(at + 4), bytes.readUInt16LE(at + 6)]
    : [bytes.readInt32LE(at + 4), bytes.readInt32LE(at + 8)];
  const bitsPerPixel = bytes.readUInt16LE(at + (isCore ? 10 : 14));
  const isShort = isCore || headerBytes === 16;
  const compression = isShort ? COMPRESSION.none : bytes.readUInt32LE(at + 16);
  const paletteEntries = isShort ? 0 : bytes.readUInt32LE(at + 32);
  const isOs2 = headerBytes === OS2_HEADER_BYTES;
  const coding = isOs2 ? os2CodingOf(compression, bitsPerPixel) : codingOf(compression, bitsPerPixel);
  // Windows 3 has masks behind its header; later ones have them within.
  const hasMasks =
    !isOs2 && (compression === COMPRESSION.masks || compression === COMPRESSION.masksWithAlpha);
  const maskBytes = hasMasks && headerBytes === 40 ? (compression === COMPRESSION.masks ? 12 : 16) : 0;
  const paletteAt = at + headerBytes + maskBytes;
  const most = bitsPerPixel <= 8 ? 2 ** bitsPerPixel : 0;
  const entries = paletteEntries === 0 ? most : Math.min(paletteEntries, 256);
  const entryBytes = isCore ? 3 : 4;
  return {
    width,
    height: Math.abs(height),
    isTopDown: height < 0,
    bitsPerPixel,
    coding,
    masks: masksOf(bytes, at, { headerBytes, hasMasks, maskBytes, bitsPerPixel }),
    palette: { at: paletteAt, entries: Math.min(entries, most), entryBytes },
    pixelsAt: paletteAt + entries * entryBytes,
  };
}

function codingOf(compression: number, bitsPerPixel: number): BmpLayout['coding'] {
  const { none, rle8, rle4, masks, masksWithAlpha } = COMPRESSION;
  if (compression === rle8 && bitsPerPixel === 8) return 'rle8';
  if (compression === rle4 && bitsPerPixel === 4) return 'rle4';
  const hasMasks = compression === masks || compression === masksWithAlpha;
  const isPlain = compression === none && [1, 2, 4, 8, 16, 24, 32].includes(bitsPerPixel);
  if (isPlain || (hasMasks && [16, 32].includes(bitsPerPixel))) return 'plain';
  throw new RangeError('pixels that are coded in no known way');
}

function os2CodingOf(compression: number, bitsPerPixel: number): BmpLayout['coding'] {
  const { none, rle8, rle4, rle24 } = OS2_COMPRESSION;
  if (compression === rle24 && bitsPerPixel === 24) return 'rle24';
  if ([none, rle8, rle4].some((known) => known === compression)) return codingOf(compression, bitsPerPixel);
  throw new RangeError('pixels that are coded in no known way');
}

interface MaskFacts {
  readonly headerBytes: number;
  readonly hasMasks: boolean;
  readonly maskBytes: number;
  readonly bitsPerPixel: number;
}

function masksOf(
  bytes: Buffer,
  at: number,
  { headerBytes, hasMasks, maskBytes, bitsPerPixel }: MaskFacts,
): BmpLayout['masks'] {
  const [red, green, blue] = hasMasks
    ? [0, 4, 8].map((of) => bytes.readUInt32LE(at + 40 + of))
    : usualMasks(bitsPerPixel);
  // The mask of alpha counts in the last headers even where those of colours do not, as browsers have it.
  const isWithin = headerBytes >= (hasMasks ? MASKED_HEADER_BYTES : ALPHA_HEADER_BYTES);
  const hasAlphaMask = (isWithin && [16, 32].includes(bitsPerPixel)) || maskBytes === 16;
  return [red ?? 0, green ?? 0, blue ?? 0, hasAlphaMask ? bytes.readUInt32LE(at + 52) : 0];
}

/** Rows are filled up to a multiple of four bytes. */
export function strideOf(width: number, bitsPerPixel: number): number {
  return Math.ceil((width * bitsPerPixel) / 32) * 4;
}
