import { ImageTooExpensiveError } from '../errors/index.ts';
import { type RasterHeader, readImageHeader } from './image-header.ts';

/**
 * Processor time that a file's structure may add to its decoding. A progressive JPEG of 50 megapixels, of ten scans, is
 * reckoned at half a second, and so may have forty.
 */
const MAX_STRUCTURE_MS = 2000;

/** @throws ImageTooExpensiveError for a file that makes its decoder do the same work over and over */
export function refuseExpensive({ structureMs }: RasterHeader): void {
  if (structureMs <= MAX_STRUCTURE_MS) return;
  throw new ImageTooExpensiveError('The image is stored in so many layers that decoding it takes too long.', {
    cause: new Error(`the file's structure takes up to ${Math.round(structureMs)} ms`),
  });
}

/**
 * The same of a whole JPEG, of which a thumbnail may need the first scans alone.
 *
 * @param needed those of its bytes that are decoded
 */
export function refuseExpensivePart(header: RasterHeader, needed: Uint8Array): void {
  if (header.structureMs <= MAX_STRUCTURE_MS) return;
  refuseExpensive(readImageHeader(header.format, needed) ?? header);
}
