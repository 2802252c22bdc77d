import type { ImageFile } from './image-file.ts';
import type { Original, Thumbnail } from './thumbnail.ts';

/**
 * An image that was decoded, turned upright, converted to sRGB and made smaller: plain pixels, from which several
 * thumbnails are made at the cost of neither its download nor its decode.
 */
export interface IntermediateImage {
  /** The resizer's own name of how it was decoded; see `ImageResizer.planOf`. */
  readonly plan: string;
  /** Rows from the top, 8 bits a sample, no padding. */
  readonly pixels: Uint8Array;
  /** Pixels. */
  readonly width: number;
  /** Pixels. */
  readonly height: number;
  /** Samples for each pixel: grey, grey and alpha, RGB, or RGB and alpha. */
  readonly channels: 1 | 2 | 3 | 4;
  readonly original: Original;
}

/** What decoding an image for one thumbnail has made. */
export interface DecodedImage {
  /** For further thumbnails. */
  readonly image: IntermediateImage;
  /** The thumbnail itself, where it costs less to make it at the same time than later. */
  readonly thumbnail?: Thumbnail;
}

/** Tells it from an image that is still encoded. */
export function isIntermediate(image: object): image is IntermediateImage {
  return 'pixels' in image;
}

/** All of an image that weighs anything, encoded or not. */
export function bytesOf(image: ImageFile | IntermediateImage): Uint8Array {
  return isIntermediate(image) ? image.pixels : image.bytes;
}

/** Whether a pixel of it can be transparent. */
export function hasAlpha({ channels }: IntermediateImage): boolean {
  return channels === 2 || channels === 4;
}
