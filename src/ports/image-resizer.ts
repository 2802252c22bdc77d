import type { Fit, OutputChoice } from '../domain/image/formats.ts';
import type { Reach } from '../domain/image/reach.ts';
import type { ReducedImage } from '../domain/image/reduced-image.ts';
import type { Thumbnail } from '../domain/image/thumbnail.ts';

/** Makes thumbnails of encoded images. */
export interface ImageResizer {
  /**
   * The most memory, in bytes, that `resize` will hold for this image beyond the image itself: judged from its header
   * alone, without decoding, in microseconds.
   *
   * @throws UnsupportedImageError, CorruptImageError or ImageTooLargeError where the header says enough to refuse
   */
  memoryCost(image: Uint8Array | ReducedImage, spec: ThumbnailSpec): number;

  /**
   * Decodes once, turns the image upright, converts it to sRGB, strips all metadata, scales it down (never up), and
   * encodes it. Of an animation it takes the first frame. JPEG has no transparency: it gets a white ground. Of an image
   * that `reduce` has made it does the rest.
   *
   * When `signal` aborts before decoding has begun, it rejects with the signal's reason. A decode under way cannot be
   * stopped: it settles when that has ended, and never while the image is still being read.
   *
   * @throws UnsupportedImageError when the bytes are in no format that is switched on
   * @throws CorruptImageError when they cannot be decoded to the end
   * @throws ImageTooLargeError when they have more pixels than an image may
   */
  resize(image: Uint8Array | ReducedImage, spec: ThumbnailSpec, options: ResizeOptions): Promise<Thumbnail>;

  /**
   * Decodes, turns upright, converts to sRGB and scales down, to no less than what thumbnails of this reach need: they
   * look as if they were made of the image itself, and have the same dimensions. Undefined where the result would be
   * too large to be worth anything. Aborts and throws as `resize` does.
   */
  reduce(image: Uint8Array, reach: Reach, options: ResizeOptions): Promise<ReducedImage | undefined>;

  /**
   * Whether decoding costs so few milliseconds that reducing the image first would spare nothing. Judged from its
   * header; throws as `memoryCost` does.
   */
  decodesQuickly(image: Uint8Array): boolean;
}

export interface ResizeOptions {
  readonly signal: AbortSignal;
}

/** What the thumbnail is to be. */
export interface ThumbnailSpec {
  /** Largest dimension in pixels. */
  readonly size: number;
  readonly fit: Fit;
  readonly format: OutputChoice;
}
