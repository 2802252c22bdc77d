const ORIENTATION_TAG = 0x0112;
const SHORT = 3;

/** The orientation, 1 to 8, in an EXIF block, which is a small TIFF file; 1 where it says nothing or nonsense. */
export function readExifOrientation(tiff: Buffer): number {
  try {
    const order = tiff.toString('latin1', 0, 2);
    if (order !== 'II' && order !== 'MM') return 1;
    return orientationIn(tiff, order === 'II');
  } catch (error) {
    // Cut short: viewers then show the image as it is stored.
    if (error instanceof RangeError) return 1;
    throw error;
  }
}

function orientationIn(tiff: Buffer, littleEndian: boolean): number {
  const u16 = (at: number) => (littleEndian ? tiff.readUInt16LE(at) : tiff.readUInt16BE(at));
  const directory = littleEndian ? tiff.readUInt32LE(4) : tiff.readUInt32BE(4);
  const entries = u16(directory);
  for (let entry = 0; entry < entries; entry += 1) {
    const at = directory + 2 + entry * 12;
    if (u16(at) !== ORIENTATION_TAG) continue;
    const value = u16(at + 8);
    return u16(at + 2) === SHORT && value >= 1 && value <= 8 ? value : 1;
  }
  return 1;
}
