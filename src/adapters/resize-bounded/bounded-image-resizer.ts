import type { Admission } from '../../domain/admission.ts';
import { ImageTooLargeError } from '../../domain/errors/index.ts';
import type { Thumbnail } from '../../domain/thumbnail.ts';
import type { ImageResizer, ThumbnailSpec } from '../../ports/image-resizer.ts';

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
  memoryCost(image: Uint8Array, spec: ThumbnailSpec): number {
    const costBytes = this.#resizer.memoryCost(image, spec);
    if (costBytes > this.#decodes.budget) {
      throw new ImageTooLargeError('The image would need more memory than this server gives one image.');
    }
    return costBytes;
  }

  /** @throws OverloadedError, besides what the resizer throws, when too many wait or the wait is too long */
  async resize(
    image: Uint8Array,
    spec: ThumbnailSpec,
    options: { readonly signal: AbortSignal },
  ): Promise<Thumbnail> {
    options.signal.throwIfAborted();
    using _place = await this.#decodes.admit(this.memoryCost(image, spec), options.signal);
    return await this.#resizer.resize(image, spec, options);
  }
}
