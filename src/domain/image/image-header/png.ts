import { readExifOrientation } from './exif-orientation.ts';
import { PLAIN, type RasterHeader, stepLimit } from './raster-header.ts';

const SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');
const PALETTE = 3;
const CHANNELS: Readonly<Record<number, number>> = { 0: 1, 2: 3, [PALETTE]: 3, 4: 2, 6: 4 };

export function isPng(bytes: Buffer): boolean {
  return bytes.subarray(0, 8).equals(SIGNATURE);
}

/**
 * IHDR ought to come first, though decoders take it behind chunks that they do not know; transparency, animation and
 * EXIF stand in chunks of their own ahead of the pixels.
 */
export function readPngHeader(bytes: Buffer): RasterHeader {
  const chunks = chunksBeforePixels(bytes);
  const ihdr = chunks.get('IHDR');
  if (ihdr === undefined) throw new RangeError('no IHDR ahead of the pixels');
  const colourType = ihdr.readUInt8(9);
  const colours = CHANNELS[colourType];
  if (colours === undefined) throw new RangeError('no such colour type');
  const exif = chunks.get('eXIf');
  const alpha = chunks.has('tRNS');
  const channels = colours + (alpha ? 1 : 0);
  return {
    ...PLAIN,
    format: 'png',
    width: ihdr.readUInt32BE(0),
    height: ihdr.readUInt32BE(4),
    bitDepth: colourType === PALETTE ? 8 : ihdr.readUInt8(8),
    channels,
    samplesPerPixel: channels,
    hasAlpha: alpha || colourType === 4 || colourType === 6,
    progressive: ihdr.readUInt8(12) === 1,
    lossless: true,
    animated: chunks.has('acTL'),
    orientation: exif === undefined ? 1 : readExifOrientation(exif),
    metadataBytes: sum(chunks.values()),
    hasText: ['tEXt', 'zTXt', 'iTXt'].some((type) => chunks.has(type)),
  };
}

/** The first chunk of each type ahead of the first IDAT, by its type. */
function chunksBeforePixels(bytes: Buffer): ReadonlyMap<string, Buffer> {
  const chunks = new Map<string, Buffer>();
  let at = 8;
  const countStep = stepLimit();
  for (;;) {
    countStep();
    const type = chunkType(bytes, at);
    if (type === 'IDAT' || type === 'IEND') return chunks;
    const end = at + 8 + bytes.readUInt32BE(at);
    if (!chunks.has(type)) chunks.set(type, bytes.subarray(at + 8, end));
    at = end + 4;
  }
}

function chunkType(bytes: Buffer, at: number): string {
  if (at + 8 > bytes.length) throw new RangeError('the chunks end before the pixels');
  return bytes.toString('latin1', at + 4, at + 8);
}

function sum(chunks: Iterable<Buffer>): number {
  return [...chunks].reduce((bytes, chunk) => bytes + chunk.length, 0);
}
