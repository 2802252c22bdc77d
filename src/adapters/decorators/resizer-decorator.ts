import type { ImageFile } from '../../domain/image/image-file.ts';
import type { IntermediateImage } from '../../domain/image/intermediate-image.ts';
import type { Thumbnail } from '../../domain/image/thumbnail.ts';
import type { ThumbnailSpec } from '../../domain/request/thumbnail-spec.ts';
import type { ImageResizer, ResizeOptions } from '../../ports/image-resizer.ts';

type Decode = NonNullable<ImageResizer['decode']>;

/** Forwards all of a resizer, the methods that it need not have included; a decorator overrides `run` alone. */
export abstract class ResizerDecorator implements ImageResizer {
  readonly decode?: Decode;
  readonly planOf?: NonNullable<ImageResizer['planOf']>;
  readonly memoryCost?: NonNullable<ImageResizer['memoryCost']>;
  readonly takesPartialFiles: boolean;
  protected readonly resizer: ImageResizer;

  constructor(resizer: ImageResizer) {
    this.resizer = resizer;
    this.takesPartialFiles = resizer.takesPartialFiles === true;
    const decode = resizer.decode?.bind(resizer);
    if (decode !== undefined) {
      this.decode = (file, spec, options) =>
        this.run('decode', file, spec, options, () => decode(file, spec, options));
    }
    if (resizer.planOf !== undefined) this.planOf = resizer.planOf.bind(resizer);
    if (resizer.memoryCost !== undefined) this.memoryCost = resizer.memoryCost.bind(resizer);
  }

  resize(
    image: ImageFile | IntermediateImage,
    spec: ThumbnailSpec,
    options: ResizeOptions,
  ): Promise<Thumbnail> {
    return this.run('resize', image, spec, options, () => this.resizer.resize(image, spec, options));
  }

  async close(): Promise<void> {
    await this.resizer.close?.();
  }

  /** Does the work, with what the decorator adds. */
  protected abstract run<T>(
    name: 'decode' | 'resize',
    image: ImageFile | IntermediateImage,
    spec: ThumbnailSpec,
    options: ResizeOptions,
    work: () => Promise<T>,
  ): Promise<T>;
}
