import type { ThumbnailSpec } from '../request/thumbnail-spec.ts';
import type { ImageFile } from './image-file.ts';
import { type IntermediateImage, isIntermediate } from './intermediate-image.ts';
import type { Sides } from './target-box.ts';

/** Grey and palettes, too, may be decoded to RGB and alpha. */
const CHANNELS = 4;

/** The pixels as they were decoded, and once more while they are turned or converted. */
const COPIES = 2;

/**
 * Bytes that making a thumbnail may hold, for a resizer that does not say: the image with all of its pixels, and the
 * thumbnail. A drawing has no pixels until it is drawn, at the thumbnail's size.
 */
export function estimateDecodeBytes(image: ImageFile | IntermediateImage, { size }: ThumbnailSpec): number {
  const thumbnailBytes = bytesOf({ width: size, height: size }, 1);
  if (isIntermediate(image)) return bytesOf(image, 1) + thumbnailBytes;
  const { header } = image;
  if (header === undefined) return thumbnailBytes;
  return bytesOf(header, header.bitDepth > 8 ? 2 : 1) + thumbnailBytes;
}

function bytesOf({ width, height }: Sides, sampleBytes: number): number {
  return width * height * CHANNELS * sampleBytes * COPIES;
}
