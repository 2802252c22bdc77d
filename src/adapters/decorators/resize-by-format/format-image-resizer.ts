import type { InputFormat } from '../../../domain/image/formats.ts';
import type { ImageFile } from '../../../domain/image/image-file.ts';
import {
  type DecodedImage,
  type IntermediateImage,
  isIntermediate,
} from '../../../domain/image/intermediate-image.ts';
import type { Thumbnail } from '../../../domain/image/thumbnail.ts';
import type { ThumbnailSpec } from '../../../domain/request/thumbnail-spec.ts';
import type { ImageResizer, ResizeOptions } from '../../../ports/image-resizer.ts';

type FullResizer = Required<Omit<ImageResizer, 'close'>> & Pick<ImageResizer, 'close'>;

/** The resizer of each format that has one of its own. */
export type ResizersByFormat = Readonly<Partial<Record<InputFormat, FullResizer>>>;

/** Hands each file to the resizer of its format. What was decoded has none any more, and goes to the usual one. */
export class FormatImageResizer implements ImageResizer {
  readonly takesPartialFiles: boolean;
  readonly #usual: FullResizer;
  readonly #special: ResizersByFormat;

  constructor(usual: FullResizer, special: ResizersByFormat) {
    this.takesPartialFiles = usual.takesPartialFiles;
    this.#usual = usual;
    this.#special = special;
  }

  resize(
    image: ImageFile | IntermediateImage,
    spec: ThumbnailSpec,
    options: ResizeOptions,
  ): Promise<Thumbnail> {
    return this.#of(image).resize(image, spec, options);
  }

  decode(image: ImageFile, spec: ThumbnailSpec, options: ResizeOptions): Promise<DecodedImage> {
    return this.#of(image).decode(image, spec, options);
  }

  planOf(image: Pick<ImageFile, 'format' | 'header'>, spec: ThumbnailSpec): string | undefined {
    return this.#of(image).planOf(image, spec);
  }

  memoryCost(image: ImageFile | IntermediateImage, spec: ThumbnailSpec): number {
    return this.#of(image).memoryCost(image, spec);
  }

  async close(): Promise<void> {
    const all = new Set([this.#usual, ...Object.values(this.#special)]);
    await Promise.all([...all].map(async (resizer) => resizer.close?.()));
  }

  #of(image: Pick<ImageFile, 'format'> | IntermediateImage): FullResizer {
    return isIntermediate(image) ? this.#usual : (this.#special[image.format] ?? this.#usual);
  }
}
