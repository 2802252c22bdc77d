import type { ImageFile } from '../domain/image/image-file.ts';
import type { DecodedImage, IntermediateImage } from '../domain/image/intermediate-image.ts';
import type { Thumbnail } from '../domain/image/thumbnail.ts';
import type { ThumbnailSpec } from '../domain/request/thumbnail-spec.ts';
import type { Requester } from '../domain/work/requester.ts';

/**
 * Makes thumbnails of encoded images. `resize` is all that one needs; the other methods say what else a resizer can do,
 * and the service works without each of them.
 */
export interface ImageResizer {
  /**
   * Decodes once, turns the image upright, converts it to sRGB, strips all metadata, scales it down (never up), and
   * encodes it. Of an animation it takes the first frame, or all of them where the spec has a format for `animation`. JPEG has
   * no transparency: it gets a ground.
   *
   * The bytes of the thumbnail are a function of the file's bytes and the spec. It makes no difference what was asked
   * before, whether the file is there in part or whole, and whether it comes as the file or as the intermediate image
   * that `decode` makes of it.
   *
   * When `signal` aborts before decoding has begun, it rejects with the signal's reason. A resizer that cannot stop a
   * decode settles when the decode has ended, and never while the image is still being read.
   *
   * @throws UnsupportedImageError when the decoder does not know the format after all
   * @throws CorruptImageError when the image cannot be decoded to the end
   * @throws ImageTooLargeError when it has more pixels than its header says
   * @throws ImageTooExpensiveError when decoding it takes more processor time than one image may have
   * @throws OverloadedError when this process lacks memory or the like just now: nothing is said of the image
   */
  resize(
    image: ImageFile | IntermediateImage,
    spec: ThumbnailSpec,
    options: ResizeOptions,
  ): Promise<Thumbnail>;

  /**
   * The intermediate image that thumbnails of this spec are made from: the first half of `resize`. Thumbnails whose
   * `planOf` is the same share it. It may hand over this spec's thumbnail with it, the same that `resize` would make. The
   * memory of its pixels is the caller's, who gives it back once nobody needs them, unless it is a part of something larger.
   * Called where `planOf` names a plan; aborts and throws as `resize` does.
   */
  decode?(image: ImageFile, spec: ThumbnailSpec, options: ResizeOptions): Promise<DecodedImage>;

  /**
   * The name of the intermediate image that a thumbnail of this spec is made from, judged from the file's header;
   * undefined where it is made from the file in one step. A resizer that has `decode` has this, too.
   */
  planOf?(image: Pick<ImageFile, 'format' | 'header'>, spec: ThumbnailSpec): string | undefined;

  /**
   * The most memory, in bytes, that `resize` or `decode` will hold for this image beyond the image itself: judged from
   * its header alone, in microseconds. A resizer without it is taken to hold all pixels, twice; see `estimateDecodeBytes`.
   */
  memoryCost?(image: ImageFile | IntermediateImage, spec: ThumbnailSpec): number;

  /**
   * Whether a file that was read in part gives the thumbnail that the whole file gives: of a progressive JPEG a part has
   * the coarse passes alone. Without this the service reads every source to its end.
   */
  readonly takesPartialFiles?: boolean;

  /** Ends what is under way and gives back what it holds. May be called twice. */
  close?(): Promise<void>;
}

export interface ResizeOptions {
  readonly signal: AbortSignal;
  /** For whom, where that is known: a resizer in which images wait lets clients take turns. */
  readonly requester?: Requester;
}
