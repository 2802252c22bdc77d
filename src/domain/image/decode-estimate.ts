import { framesFor } from './animation.ts';
import type { ThumbnailSpec } from '../request/thumbnail-spec.ts';
import { sidesForBox } from './drawn-sides.ts';
import type { ImageFile } from './image-file.ts';
import { type IntermediateImage, isIntermediate } from './intermediate-image.ts';
import { type Sides, turned, thumbnailSides } from './target-box.ts';

/** Grey and palettes, too, may be decoded to RGB and alpha. */
const CHANNELS = 4;

/** The pixels as they were decoded, and once more while they are turned or converted. */
const COPIES = 2;

/**
 * Bytes that making a thumbnail may hold, for a resizer that does not say: the image with all of its pixels, and the
 * thumbnail. A drawing has no pixels until it is drawn, at the thumbnail's size.
 */
export function estimateDecodeBytes(image: ImageFile | IntermediateImage, spec: ThumbnailSpec): number {
  if (isIntermediate(image))
    return bytesOf(image, 1) + bytesOf(thumbnailSides(sidesForBox(image.original, spec), spec), 1);
  const { header } = image;
  const upright = sidesForBox({ format: header.format, ...turned(header, header.orientation) }, spec);
  const thumbnail = thumbnailSides(upright, spec);
  return framesFor(image, spec) * (bytesOf(upright, header.bitDepth > 8 ? 2 : 1) + bytesOf(thumbnail, 1));
}

function bytesOf({ width, height }: Sides, sampleBytes: number): number {
  return width * height * CHANNELS * sampleBytes * COPIES;
}
