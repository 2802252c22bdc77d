import { ImageTooLargeError } from '../../../domain/errors/index.ts';
import { formatPixels } from '../../../domain/errors/units.ts';
import type { ImageFile } from '../../../domain/image/image-file.ts';
import { estimateDecodeBytes } from '../../../domain/image/decode-estimate.ts';
import { FORMAT_NAMES, type InputFormat } from '../../../domain/image/formats.ts';
import { type IntermediateImage, isIntermediate } from '../../../domain/image/intermediate-image.ts';
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

/** Formats that are reckoned with much care: what exceeds the budget may be decoded alone. */
const CAUTIOUS: readonly InputFormat[] = ['avif'];

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
    const isCautious = !isIntermediate(image) && CAUTIOUS.includes(image.format);
    const largestBytes = isCautious ? this.#decodes.largest : this.#decodes.budget;
    if (!(costBytes <= largestBytes)) throw tooLarge(image, costBytes, largestBytes);
    using _slot = await this.#decodes.admit({ cost: costBytes, signal, requester });
    return await work();
  }
}

/** Says how large an image of its kind may be, where that is what its size is: memory goes by the number of pixels. */
function tooLarge(
  image: ImageFile | IntermediateImage,
  costBytes: number,
  largestBytes: number,
): ImageTooLargeError {
  const sentence = 'Decoding this image needs more memory than one image may use';
  if (isIntermediate(image) || image.format === 'svg') return new ImageTooLargeError(`${sentence}.`);
  const pixels = image.header.width * image.header.height;
  const [has, limit] = formatPixels(pixels, (pixels * largestBytes) / costBytes);
  const name = FORMAT_NAMES[image.format];
  return new ImageTooLargeError(
    `${sentence}. It has ${has}, and the limit for ${name} images encoded like it is ${limit}.`,
  );
}
