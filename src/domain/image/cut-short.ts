import { asBuffer } from './bytes.ts';
import { walkGif } from './gif-blocks.ts';
import type { RasterHeader } from './image-header.ts';

const END_OF_IMAGE = Buffer.of(0xff, 0xd9);
const START_OF_SCAN = Buffer.of(0xff, 0xda);
const LAST_CHUNK = Buffer.from('IEND');

/**
 * Whether a JPEG or PNG lacks its end mark, or the end of a frame a GIF, as one that was cut does. Decoders find that only where
 * they happen to read as far, which depends on the thumbnail, and leave out the last frames of a GIF; those of the other formats
 * always do.
 */
export function isCutShort(format: RasterHeader['format'], file: Uint8Array): boolean {
  const bytes = asBuffer(file);
  // In a scan's data, 0xff has a zero behind it: the last end mark is the image's, or that of another one behind it. It is
  // looked for from the end, and scans behind it alone, as a search through all data takes a hundredth of a decode.
  if (format === 'jpeg') return bytes.includes(START_OF_SCAN, bytes.lastIndexOf(END_OF_IMAGE) + 1);
  if (format === 'gif') return walkGif(bytes).isCut;
  return format === 'png' && bytes.lastIndexOf(LAST_CHUNK) === -1;
}
