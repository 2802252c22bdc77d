import { type BmpLayout, headerOf, layoutAt } from './bmp.ts';
import { isPng, readPngHeader } from './png.ts';
import { type RasterHeader, stepLimit } from './raster-header.ts';

const DIRECTORY_BYTES = 6;
const ENTRY_BYTES = 16;
/** An icon has a dozen pictures. */
const MAX_ENTRIES = 256;

/** A picture of an icon: its header, and its bytes. */
export interface IconPicture {
  readonly header: RasterHeader;
  readonly bytes: Buffer;
  /** Bits that the icon says it has for each pixel. */
  readonly bits: number;
}

/** Icons and cursors: a directory of pictures, the first of which lies behind it. */
export function isIco(bytes: Buffer): boolean {
  if (bytes.length < DIRECTORY_BYTES + ENTRY_BYTES || bytes.readUInt16LE(0) !== 0) return false;
  const [type, count] = [bytes.readUInt16LE(2), bytes.readUInt16LE(4)];
  const isDirectory = (type === 1 || type === 2) && count > 0 && count <= MAX_ENTRIES;
  return isDirectory && bytes.readUInt32LE(DIRECTORY_BYTES + 12) >= DIRECTORY_BYTES + count * ENTRY_BYTES;
}

export function readIcoHeader(bytes: Buffer): RasterHeader {
  return largestOf(bytes).header;
}

/**
 * The picture with the most pixels, and of several the one with the most bits. What the directory says of sides is not
 * believed, and a picture that makes no sense is left out, as are those behind more parts than any header has.
 *
 * @throws RangeError where there is none
 */
export function largestOf(file: Buffer): IconPicture {
  const countStep = stepLimit();
  const pictures = entriesOf(file).map(({ at, bits }, index, all) =>
    pictureOf(file.subarray(at, all[index + 1]?.at), bits, countStep),
  );
  const largest = pictures.reduce((a, b) =>
    b === undefined || (a !== undefined && isAtLeast(a, b)) ? a : b,
  );
  if (largest === undefined) throw new RangeError('no picture that can be read');
  return largest;
}

function isAtLeast(a: IconPicture, b: IconPicture): boolean {
  const [pixelsA, pixelsB] = [a, b].map(({ header }) => header.width * header.height) as [number, number];
  return pixelsA > pixelsB || (pixelsA === pixelsB && a.bits >= b.bits);
}

interface Entry {
  readonly at: number;
  readonly bits: number;
}

/**
 * Those of pictures of their own, in their order in the file: what the directory says of their lengths is not believed,
 * either. So they don't lie over one another, and no byte is read for two of them.
 */
function entriesOf(file: Buffer): readonly Entry[] {
  const entries = new Map<number, Entry>();
  for (let index = 0; index < Math.min(file.readUInt16LE(4), MAX_ENTRIES); index += 1) {
    const entryAt = DIRECTORY_BYTES + index * ENTRY_BYTES;
    const at = file.readUInt32LE(entryAt + 12);
    if (!entries.has(at)) entries.set(at, { at, bits: file.readUInt16LE(entryAt + 6) });
  }
  return [...entries.values()].toSorted((a, b) => a.at - b.at);
}

function pictureOf(bytes: Buffer, bits: number, countStep: () => void): IconPicture | undefined {
  try {
    const header = isPng(bytes) ? readPngHeader(bytes, countStep) : headerOf(iconLayoutOf(bytes), 'ico');
    const isShown = header.width > 0 && header.height > 0;
    return isShown
      ? {
          header: { ...header, format: 'ico', isRewritten: true },
          bytes,
          bits,
        }
      : undefined;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}

/** Its height counts a mask of one bit for each pixel, which follows the picture. */
export function iconLayoutOf(picture: Buffer): BmpLayout {
  const layout = layoutAt(picture, 0);
  return { ...layout, height: Math.floor(layout.height / 2) };
}
