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

/** Bytes of a value, by the number of its type; of one that is not known, the most. */
const TYPE_BYTES = [8, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8];

/** In all directories together: a document of a thousand pages has twenty each. */
const MAX_ENTRIES = 65_536;
/** A directory itself takes as much to read, of which a file of 400 kB may have 65,000 without an entry. */
const ENTRIES_A_DIRECTORY = 8;

/** The library keeps every value, known or not, and libvips copies those that it knows: seven copies, where others make six. */
const EXTRA_COPIES = 1.2;

/**
 * The first directory is the picture (TIFF 6.0, section 2); the others are opened too, to count them. Its strips may be as
 * high as the image, so it counts as progressive.
 */
export function readTiffHeader(bytes: Buffer): RasterHeader {
  const [first, ...others] = readDirectories(bytes);
  if (first === undefined) throw new RangeError('no directory');
  const { tag } = first;
  const channels = tag(SAMPLES_PER_PIXEL) ?? 1;
  const valueBytes = Math.max(...[first, ...others].map((directory) => directory.valueBytes));
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
    metadataBytes: valueBytes * EXTRA_COPIES,
  };
}

interface Directory {
  /** The first value of a tag. One that has several values keeps them elsewhere, and an offset in their place. */
  readonly tag: (tag: number) => number | undefined;
  /** Bytes of all values, and of the entries themselves. */
  readonly valueBytes: number;
}

/** Throws a RangeError where values are longer than the file, which then says the same bytes several times. */
function readDirectories(bytes: Buffer): Directory[] {
  const littleEndian = bytes.readUInt8(0) === 0x49;
  const u16 = (at: number) => (littleEndian ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at));
  const u32 = (at: number) => (littleEndian ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at));
  const directories: Directory[] = [];
  const met = new Set<number>();
  let left = MAX_ENTRIES;
  for (let start = u32(4); start !== 0 && !met.has(start);) {
    met.add(start);
    // The first has to be there; where a later one is not, its decoder stops too.
    if (directories.length > 0 && start + 2 > bytes.length) break;
    const entries = u16(start);
    left -= entries + ENTRIES_A_DIRECTORY;
    if (left < 0) throw new RangeError('more entries than any file has');
    const positions = new Map<number, number>();
    let valueBytes = entries * 12;
    for (let entry = 0; entry < entries; entry += 1) {
      const at = start + 2 + entry * 12;
      positions.set(u16(at), at);
      valueBytes += u32(at + 4) * (TYPE_BYTES[u16(at + 2)] ?? 8);
    }
    if (valueBytes > bytes.length + entries * 12)
      throw new RangeError('values that are longer than the file');
    directories.push({ tag: tagReader(positions, u16, u32), valueBytes });
    const nextAt = start + 2 + entries * 12;
    start = nextAt + 4 <= bytes.length ? u32(nextAt) : 0;
  }
  return directories;
}

function tagReader(
  positions: ReadonlyMap<number, number>,
  u16: (at: number) => number,
  u32: (at: number) => number,
): Directory['tag'] {
  return (tag) => {
    const at = positions.get(tag);
    if (at === undefined) return undefined;
    if (u16(at + 2) === LONG) return u32(at + 8);
    return u16(u32(at + 4) > 2 ? u32(at + 8) : at + 8);
  };
}
