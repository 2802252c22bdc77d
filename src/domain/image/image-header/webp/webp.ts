import { readExifOrientation } from '../exif-orientation.ts';
import { PLAIN, type RasterHeader, stepLimit } from '../raster-header.ts';
import type { Sides } from '../../target-box.ts';
import { type LosslessCoding, readLosslessCoding } from './lossless-coding.ts';

const METADATA_CHUNKS = ['ICCP', 'EXIF', 'XMP '];

interface Chunk {
  readonly type: string;
  readonly body: Buffer;
}

export function isWebp(bytes: Buffer): boolean {
  return bytes.toString('latin1', 0, 4) === 'RIFF' && bytes.toString('latin1', 8, 12) === 'WEBP';
}

/** A simple file is one frame, lossy (RFC 6386, 9.1) or lossless (RFC 9649, 3.4); an extended one says so in VP8X. */
export function readWebpHeader(bytes: Buffer): RasterHeader {
  const type = bytes.toString('latin1', 12, 16);
  if (type === 'VP8X') return readExtended(bytes);
  if (type === 'VP8L') return readLossless(bytes, 20);
  if (type === 'VP8 ') return readLossy(bytes, 20);
  throw new RangeError('no such first chunk');
}

function readLossy(bytes: Buffer, at: number): RasterHeader {
  if (bytes.readUIntBE(at + 3, 3) !== 0x9d012a) throw new RangeError('no key frame');
  const width = bytes.readUInt16LE(at + 6) & 0x3fff;
  const height = bytes.readUInt16LE(at + 8) & 0x3fff;
  return { ...PLAIN, format: 'webp', width, height, samplesPerPixel: 1.5 };
}

function readLossless(bytes: Buffer, at: number): RasterHeader {
  if (bytes.readUInt8(at) !== 0x2f) throw new RangeError('no lossless frame');
  const picture = bytes.subarray(at);
  const coding = codingOfPicture(picture);
  const hasAlpha = coding.isTransparent();
  return {
    ...withAlpha(hasAlpha),
    ...losslessSides(picture),
    isRewritten: hasAlpha && !saysAlphaIsUsed(picture),
    format: 'webp',
    lossless: true,
    codeTables: coding.codeTables,
  };
}

/** EXIF stands behind the frames, of which a long animation has some thousand. */
function readExtended(bytes: Buffer): RasterHeader {
  const flags = bytes.readUInt8(20);
  const [width, height] = [bytes.readUIntLE(24, 3) + 1, bytes.readUIntLE(27, 3) + 1];
  const chunks = chunksIn(bytes.subarray(30));
  const frame = chunks.find(({ type }) => type === 'ANMF')?.body;
  // Of an animation the first frame is decoded, whose chunks lie one level deeper.
  const parts = frame === undefined ? chunks : chunksIn(frame.subarray(FRAME_HEAD_BYTES));
  const exif = (flags & 0x08) === 0 ? undefined : chunks.find(({ type }) => type === 'EXIF')?.body;
  const metadata = chunks.filter(({ type }) => METADATA_CHUNKS.includes(type));
  const saysAlpha = (flags & 0x10) !== 0;
  const sides = frame === undefined ? { width, height } : frameSides(frame);
  const { isTransparent, ...coding } = codingOf(parts, sides);
  // Browsers ignore transparency beside a lossy picture of which the file does not say so, unless it is a frame.
  const isFrameWithAlpha = frame !== undefined && parts.some(({ type }) => type === 'ALPH');
  // What the first frame leaves bare of the canvas is transparent. Encoders do not say so where no frame is.
  const isBare = sides.width < width || sides.height < height;
  const hasAlpha = saysAlpha || isFrameWithAlpha || isBare || isTransparent();
  return {
    ...withAlpha(hasAlpha),
    isRewritten: hasAlpha && !saysAlpha,
    format: 'webp',
    width,
    height,
    ...coding,
    animated: (flags & 0x02) !== 0,
    orientation: exif === undefined ? 1 : readExifOrientation(exifBody(exif)),
    metadataBytes: metadata.reduce((sum, { body }) => sum + body.length, 0),
  };
}

/** Behind its sides. */
function saysAlphaIsUsed(picture: Buffer): boolean {
  return ((picture.readUInt32LE(1) >>> 28) & 1) === 1;
}

/** Ahead of a frame's chunks: its place, its sides, its time and its flags. */
const FRAME_HEAD_BYTES = 16;

function frameSides(frame: Buffer): Sides {
  return { width: frame.readUIntLE(6, 3) + 1, height: frame.readUIntLE(9, 3) + 1 };
}

/** `sides` are those of the frame. Whether it is transparent is said of a lossless picture alone. */
function codingOf(
  parts: readonly Chunk[],
  sides: Sides,
): Pick<RasterHeader, 'lossless' | 'losslessAlpha'> & LosslessCoding {
  const pictures = parts.filter(({ type }) => type === 'VP8L');
  const alphas = parts.filter(({ type, body }) => type === 'ALPH' && ((body[0] ?? 0) & 3) !== 0);
  if (pictures.length > 1 || alphas.length > 1) throw new RangeError('several pictures');
  const [picture, alpha] = [pictures[0]?.body, alphas[0]?.body];
  const alphaTables = alpha === undefined ? 0 : readLosslessCoding(alpha.subarray(1), sides).codeTables;
  const coding = picture && codingOfPicture(picture);
  return {
    lossless: picture !== undefined,
    losslessAlpha: alpha !== undefined,
    codeTables: alphaTables + (coding?.codeTables ?? 0),
    isTransparent: coding?.isTransparent ?? (() => false),
  };
}

/** Ahead of it stand a mark and the sides. What it says of transparency is a hint, by which no decoder may go (RFC 9649, 3.4). */
function codingOfPicture(picture: Buffer): LosslessCoding {
  const { codeTables, isTransparent } = readLosslessCoding(picture.subarray(5), losslessSides(picture));
  return { codeTables, isTransparent: () => saysAlphaIsUsed(picture) || isTransparent() };
}

function losslessSides(picture: Buffer): Sides {
  const bits = picture.readUInt32LE(1);
  return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
}

function withAlpha(hasAlpha: boolean): Omit<RasterHeader, 'format' | 'width' | 'height'> {
  const channels = hasAlpha ? 4 : 3;
  return { ...PLAIN, hasAlpha, channels, samplesPerPixel: channels };
}

/** The chunks in these bytes, as far as they go. Throws a RangeError where there are more than any file has. */
function chunksIn(bytes: Buffer): Chunk[] {
  const chunks: Chunk[] = [];
  const countStep = stepLimit();
  for (let at = 0; at + 8 <= bytes.length;) {
    countStep();
    const end = at + 8 + bytes.readUInt32LE(at + 4);
    chunks.push({ type: bytes.toString('latin1', at, at + 4), body: bytes.subarray(at + 8, end) });
    at = end + (end & 1);
  }
  return chunks;
}

/** Some writers keep the prefix that JPEG needs. */
function exifBody(exif: Buffer): Buffer {
  return exif.toString('latin1', 0, 6) === 'Exif\0\0' ? exif.subarray(6) : exif;
}
