import { readExifOrientation } from './exif-orientation.ts';
import { PLAIN, type RasterHeader } from './raster-header.ts';

const WIDTH = 256;
const HEIGHT = 257;
const BITS_PER_SAMPLE = 258;
const SAMPLES_PER_PIXEL = 277;
const LONG = 4;

/** Classic TIFF; BigTIFF, for files beyond 4 GB, is not taken. */
export function isTiff(bytes: Buffer): boolean {
  return ['II*\0', 'MM\0*'].includes(bytes.toString('latin1', 0, 4));
}

/** The first directory alone (TIFF 6.0, section 2). Its strips may be as high as the image, so it counts as progressive. */
export function readTiffHeader(bytes: Buffer): RasterHeader {
  const tag = tagReader(bytes);
  const channels = tag(SAMPLES_PER_PIXEL) ?? 1;
  return {
    ...PLAIN,
    format: 'tiff',
    width: tag(WIDTH) ?? 0,
    height: tag(HEIGHT) ?? 0,
    bitDepth: tag(BITS_PER_SAMPLE) ?? 8,
    channels,
    samplesPerPixel: channels,
    hasAlpha: channels === 2 || channels > 3,
    progressive: true,
    lossless: true,
    orientation: readExifOrientation(bytes),
  };
}

/** The first value of a tag. One that has several values keeps them elsewhere, and an offset in their place. */
function tagReader(bytes: Buffer): (tag: number) => number | undefined {
  const littleEndian = bytes.readUInt8(0) === 0x49;
  const u16 = (at: number) => (littleEndian ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const u32 = (at: number) => (littleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const directory = u32(4);
  const positions = new Map<number, number>();
  const entries = u16(directory);
  for (let entry = 0; entry < entries; entry += 1) {
    const at = directory + 2 + entry * 12;
    positions.set(u16(at), at);
  }
  return (tag) => {
    const at = positions.get(tag);
    if (at === undefined) return undefined;
    if (u16(at + 2) === LONG) return u32(at + 8);
    return u16(u32(at + 4) > 2 ? u32(at + 8) : at + 8);
  };
}
