const ORIENTATION_TAG = 0x0112;
const SHORT = 3;
const MAGIC = 42;

/** How an EXIF block says that an image is turned. */
export interface ExifOrientation {
  /** 1 to 8; 1 where it says nothing or nonsense, as browsers take it. */
  readonly orientation: number;
  /** Whether it says it in a way that decoders may understand otherwise: they must not see the block. */
  readonly isOdd: boolean;
}

const ODD: ExifOrientation = { orientation: 1, isOdd: true };
const UNSAID: ExifOrientation = { orientation: 1, isOdd: false };

/** Reads an EXIF block, which is a small TIFF file. */
export function readExif(tiff: Buffer): ExifOrientation {
  try {
    const order = tiff.toString('latin1', 0, 2);
    return order === 'II' || order === 'MM' ? orientationIn(tiff, order === 'II') : ODD;
  } catch (error) {
    // Cut short: viewers then show the image as it is stored.
    if (error instanceof RangeError) return ODD;
    throw error;
  }
}

/** The orientation alone. */
export function readExifOrientation(tiff: Buffer): number {
  return readExif(tiff).orientation;
}

function orientationIn(tiff: Buffer, littleEndian: boolean): ExifOrientation {
  const u16 = (at: number) => (littleEndian ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const u32 = (at: number) => (littleEndian ? tiff.readUInt32LE(at) : tiff.readUInt32BE(at));
  if (u16(2) !== MAGIC) return ODD;
  const directory = u32(4);
  const entries = u16(directory);
  for (let entry = 0; entry < entries; entry += 1) {
    const at = directory + 2 + entry * 12;
    if (u16(at) !== ORIENTATION_TAG) continue;
    const value = u16(at + 8);
    const isSound = u16(at + 2) === SHORT && u32(at + 4) === 1 && value >= 1 && value <= 8;
    return isSound ? { orientation: value, isOdd: false } : ODD;
  }
  return UNSAID;
}
