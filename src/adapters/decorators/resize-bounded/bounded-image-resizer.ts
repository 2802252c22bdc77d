import type { Admission } from '../../../domain/work/admission.ts';
import { ImageTooLargeError } from '../../../domain/errors/index.ts';
import type { Reach } from '../../../domain/image/reach.ts';
import type { ReducedImage } from '../../../domain/image/reduced-image.ts';
import type { Thumbnail } from '../../../domain/image/thumbnail.ts';
import type { ImageResizer, ResizeOptions, ThumbnailSpec } from '../../../ports/image-resizer.ts';

export interface BoundedImageResizerOptions {
  readonly resizer: ImageResizer;
  /** Lets decodes in by their memory in bytes. */
  readonly decodes: Admission;
}

/** Lets no more images be decoded at once than there are places and memory for; the others wait, or are turned away. */
export class BoundedImageResizer implements ImageResizer {
  readonly #resizer: ImageResizer;
  readonly #decodes: Admission;

  constructor({ resizer, decodes }: BoundedImageResizerOptions) {
    this.#resizer = resizer;
    this.#decodes = decodes;
  }

  /** @throws ImageTooLargeError, besides what the resizer throws, for what could never be let in */
  memoryCost(image: Uint8Array | ReducedImage, spec: ThumbnailSpec): number {
    const costBytes = this.#resizer.memoryCost(image, spec);
    if (costBytes > this.#decodes.budget) {
      throw new ImageTooLargeError('The image would need more memory than this server gives one image.');
    }
    return costBytes;
  }

  decodesQuickly(image: Uint8Array): boolean {
    return this.#resizer.decodesQuickly(image);
  }

  /** @throws OverloadedError, besides what the resizer throws, when too many wait or the wait is too long */
  async resize(
    image: Uint8Array | ReducedImage,
    spec: ThumbnailSpec,
    options: ResizeOptions,
  ): Promise<Thumbnail> {
    options.signal.throwIfAborted();
    using _place = await this.#decodes.admit(this.memoryCost(image, spec), options.signal);
    return await this.#resizer.resize(image, spec, options);
  }

  /** Undefined too where it would need more memory than there is for one image; throws as `resize` does. */
  async reduce(image: Uint8Array, reach: Reach, options: ResizeOptions): Promise<ReducedImage | undefined> {
    options.signal.throwIfAborted();
    const costBytes = this.#resizer.memoryCost(image, thumbnailLike(reach));
    if (costBytes > this.#decodes.budget) return undefined;
    using _place = await this.#decodes.admit(costBytes, options.signal);
    return await this.#resizer.reduce(image, reach, options);
  }
}

/** What needs as much memory as the reduction does: it is twice as large as what it is made for. */
function thumbnailLike({ size, fit }: Reach): ThumbnailSpec {
  return { size: 2 * size, fit, format: 'png' };
}
