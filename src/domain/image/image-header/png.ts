import { PNG_SAMPLES, PNG_SIGNATURE, bitDepthOf } from '../png/chunks.ts';
import { readExif, readExifOrientation } from './exif-orientation.ts';
import { readPngColours } from './png-colours.ts';
import { profileBytesOf } from './png-profile.ts';
import { PLAIN, type RasterHeader, type Span, stepLimit } from './raster-header.ts';

const PALETTE = 3;

/** Text, which no thumbnail keeps: a decoder unpacks all of it, and has no limit on the sum. */
const TEXT = ['tEXt', 'zTXt', 'iTXt'];
/** What a picture's look may depend on. */
const NEEDED = [
  'IHDR',
  'PLTE',
  'tRNS',
  'cICP',
  'iCCP',
  'sRGB',
  'gAMA',
  'cHRM',
  'pHYs',
  'eXIf',
  'acTL',
  'cLLI',
  'mDCV',
];

/** Of other chunks, so much is left to the decoder; up to six copies of a suggested palette are made. */
const MAX_OTHER_BYTES = 64 * 1024;
/** Profiles of displays and printers have up to two or three megabytes; the image is then taken as sRGB. */
const MAX_PROFILE_BYTES = 4 * 1024 * 1024;

interface Chunk extends Span {
  readonly type: string;
  readonly data: Buffer;
}

export function isPng(bytes: Buffer): boolean {
  return bytes.subarray(0, 8).equals(PNG_SIGNATURE);
}

/**
 * IHDR ought to come first, though decoders take it behind chunks that they do not know; transparency, animation and
 * EXIF stand in chunks of their own ahead of the pixels. What stands behind the pixels is never read.
 *
 * @param countStep called for each chunk
 */
export function readPngHeader(bytes: Buffer, countStep = stepLimit()): RasterHeader {
  const chunks = chunksBeforePixels(bytes, countStep);
  const first = (type: string) => chunks.find((chunk) => chunk.type === type)?.data;
  const ihdr = first('IHDR');
  if (ihdr === undefined) throw new RangeError('no IHDR ahead of the pixels');
  const colourType = ihdr.readUInt8(9);
  // Of a palette, each pixel has the three of its colour.
  const colours = colourType === PALETTE ? 3 : PNG_SAMPLES[colourType];
  if (colours === undefined) throw new RangeError('no such colour type');
  const bitDepth = bitDepthOf(ihdr);
  const exif = first('eXIf');
  // One that announces no frames is none.
  const animated =
    first('acTL')
      ?.subarray(0, 4)
      .some((byte) => byte !== 0) === true;
  const alpha = first('tRNS') !== undefined;
  const channels = colours + (alpha ? 1 : 0);
  return {
    ...PLAIN,
    format: 'png',
    width: ihdr.readUInt32BE(0),
    height: ihdr.readUInt32BE(4),
    bitDepth: colourType === PALETTE ? 8 : bitDepth,
    channels,
    samplesPerPixel: channels,
    hasAlpha: alpha || colourType === 4 || colourType === 6,
    progressive: ihdr.readUInt8(12) === 1,
    lossless: true,
    animated,
    // The first frame is the default image where its control stands ahead of it.
    isRewritten: animated && first('fcTL') === undefined,
    colours: readPngColours(first),
    orientation: exif === undefined ? 1 : readExifOrientation(exif),
    ...ancillaryFacts(chunks),
  };
}

/** What the decoder may be given of all that is no pixel, and how much that is once it is unpacked. */
function ancillaryFacts(chunks: readonly Chunk[]): Pick<RasterHeader, 'metadataBytes' | 'hidden'> {
  const profiles = chunks.filter(({ type }) => type === 'iCCP');
  const unpackedBytes = profileBytesOf(profiles.map(({ data }) => data));
  const others = chunks.filter(({ type }) => !NEEDED.includes(type) && !TEXT.includes(type));
  const takesProfile = unpackedBytes <= MAX_PROFILE_BYTES;
  const hidden = new Set(chunks.filter(({ type }) => TEXT.includes(type)));
  if (sum(others.map(lengthOf)) > MAX_OTHER_BYTES) others.forEach((chunk) => hidden.add(chunk));
  // Numbers have precedence over a profile.
  const hasNumbers = chunks.some(({ type }) => type === 'cICP');
  const isOdd = ({ type, data }: Chunk) => type === 'eXIf' && readExif(data).isOdd;
  chunks.filter(isOdd).forEach((chunk) => hidden.add(chunk));
  if (!takesProfile || hasNumbers) profiles.forEach((chunk) => hidden.add(chunk));
  const seen = chunks.filter((chunk) => !hidden.has(chunk));
  return {
    metadataBytes: sum(seen.map(lengthOf)) + (takesProfile ? unpackedBytes : 0),
    hidden: chunks.filter((chunk) => hidden.has(chunk)).map(({ start, end }) => ({ start, end })),
  };
}

/** All chunks ahead of the first IDAT. */
function chunksBeforePixels(bytes: Buffer, countStep: () => void): Chunk[] {
  const chunks: Chunk[] = [];
  let at = 8;
  for (;;) {
    countStep();
    const type = chunkType(bytes, at);
    if (type === 'IDAT' || type === 'IEND') return chunks;
    const end = at + 12 + bytes.readUInt32BE(at);
    chunks.push({ type, start: at, end, data: bytes.subarray(at + 8, end - 4) });
    at = end;
  }
}

function chunkType(bytes: Buffer, at: number): string {
  if (at + 8 > bytes.length) throw new RangeError('the chunks end before the pixels');
  return bytes.toString('latin1', at + 4, at + 8);
}

function lengthOf({ data }: Chunk): number {
  return data.length;
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
