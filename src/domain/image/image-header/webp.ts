import { readExifOrientation } from './exif-orientation.ts';
import { PLAIN, type RasterHeader } from './raster-header.ts';

/** EXIF stands behind the frames, of which a long animation has some thousand. */
const MAX_CHUNKS = 8192;

const METADATA_CHUNKS = ['ICCP', 'EXIF', 'XMP '];

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
  const bits = bytes.readUInt32LE(at + 1);
  const width = (bits & 0x3fff) + 1;
  const height = ((bits >>> 14) & 0x3fff) + 1;
  return { ...withAlpha(((bits >>> 28) & 1) === 1), format: 'webp', width, height, lossless: true };
}

function readExtended(bytes: Buffer): RasterHeader {
  const flags = bytes.readUInt8(20);
  const chunks = chunksAfter(bytes, 30);
  const exif = (flags & 0x08) === 0 ? undefined : chunks.get('EXIF');
  return {
    ...withAlpha((flags & 0x10) !== 0),
    format: 'webp',
    width: bytes.readUIntLE(24, 3) + 1,
    height: bytes.readUIntLE(27, 3) + 1,
    // An animation's frames lie one level deeper, each free to be lossless.
    lossless: chunks.has('VP8L') || chunks.has('ANMF'),
    animated: (flags & 0x02) !== 0,
    orientation: exif === undefined ? 1 : readExifOrientation(exifBody(exif)),
    metadataBytes: METADATA_CHUNKS.reduce((sum, type) => sum + (chunks.get(type)?.length ?? 0), 0),
  };
}

function withAlpha(hasAlpha: boolean): Omit<RasterHeader, 'format' | 'width' | 'height'> {
  const channels = hasAlpha ? 4 : 3;
  return { ...PLAIN, hasAlpha, channels, samplesPerPixel: channels };
}

/** The first chunk of each type. */
function chunksAfter(bytes: Buffer, from: number): ReadonlyMap<string, Buffer> {
  const chunks = new Map<string, Buffer>();
  let at = from;
  for (let chunk = 0; chunk < MAX_CHUNKS && at + 8 <= bytes.length; chunk += 1) {
    const type = bytes.toString('latin1', at, at + 4);
    const end = at + 8 + bytes.readUInt32LE(at + 4);
    if (!chunks.has(type)) chunks.set(type, bytes.subarray(at + 8, end));
    at = end + (end & 1);
  }
  return chunks;
}

/** Some writers keep the prefix that JPEG needs. */
function exifBody(exif: Buffer): Buffer {
  return exif.toString('latin1', 0, 6) === 'Exif\0\0' ? exif.subarray(6) : exif;
}
