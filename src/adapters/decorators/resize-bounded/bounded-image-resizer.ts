import { ImageTooLargeError } from '../../../domain/errors/index.ts';
import type { ImageFile } from '../../../domain/image/image-file.ts';
import { estimateDecodeBytes } from '../../../domain/image/decode-estimate.ts';
import type { IntermediateImage } from '../../../domain/image/intermediate-image.ts';
import type { ThumbnailSpec } from '../../../domain/request/thumbnail-spec.ts';
import type { Admission } from '../../../domain/work/admission.ts';
import { Requester } from '../../../domain/work/requester.ts';
import type { ImageResizer, ResizeOptions } from '../../../ports/image-resizer.ts';
import { ResizerDecorator } from '../resizer-decorator.ts';

export interface BoundedImageResizerOptions {
  readonly resizer: ImageResizer;
  /** Lets decodes in by their memory in bytes. */
  readonly decodes: Admission;
}

/** Lets no more images be decoded at once than there are slots and memory for; the others wait, or are shed. */
export class BoundedImageResizer extends ResizerDecorator {
  readonly #decodes: Admission;

  constructor({ resizer, decodes }: BoundedImageResizerOptions) {
    super(resizer);
    this.#decodes = decodes;
  }

  /**
   * @throws ImageTooLargeError, besides what the resizer throws, for what could never be let in
   * @throws OverloadedError when too many wait or the wait is too long
   */
  protected override async run<T>(
    _name: string,
    image: ImageFile | IntermediateImage,
    spec: ThumbnailSpec,
    { signal, requester = new Requester() }: ResizeOptions,
    work: () => Promise<T>,
  ): Promise<T> {
    signal.throwIfAborted();
    const costBytes = this.resizer.memoryCost?.(image, spec) ?? estimateDecodeBytes(image, spec);
    if (costBytes > this.#decodes.budget) {
      throw new ImageTooLargeError('The image needs more memory than one image may take.');
    }
    using _slot = await this.#decodes.admit({ cost: costBytes, signal, requester });
    return await work();
  }
}
