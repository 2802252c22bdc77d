import type { ImageFile, InputLimits } from '../../domain/image/image-file.ts';
import {
  type DecodedImage,
  type IntermediateImage,
  isIntermediate,
} from '../../domain/image/intermediate-image.ts';
import type { Thumbnail } from '../../domain/image/thumbnail.ts';
import type { ThumbnailSpec } from '../../domain/request/thumbnail-spec.ts';
import { lazy } from '../../domain/work/lazy.ts';
import type { ImageResizer, ResizeOptions } from '../../ports/image-resizer.ts';
import { memoryCost, memoryCostOfIntermediate } from './memory-cost.ts';
import type { PixelDecoders } from './decoder-input.ts';
import { decodePlanFor } from './plan.ts';
import type { SharpPipeline } from './sharp-pipeline.ts';

export type SharpImageResizerOptions = InputLimits;

/**
 * Makes thumbnails with sharp, that is, with libvips. Headers are judged without it; it is loaded with the first image, or
 * when that is asked for, so that a start need not wait for it.
 */
export class SharpImageResizer implements ImageResizer {
  /** What is not read is not known to be sound. */
  readonly takesPartialFiles: boolean;
  readonly #loaded: () => Promise<SharpPipeline>;

  /** @param decoders of formats that libvips does not decode */
  constructor(limits: SharpImageResizerOptions, decoders: PixelDecoders = {}) {
    this.takesPartialFiles = limits.refusesDamaged !== true;
    this.#loaded = lazy(async () => {
      const { SharpPipeline } = await import('./sharp-pipeline.ts');
      return new SharpPipeline(limits, decoders);
    });
  }

  /** Resolves once sharp is loaded. Rejects where that is not possible on this machine, as each `resize` then does. */
  async warmUp(): Promise<void> {
    await this.#loaded();
  }

  memoryCost(image: ImageFile | IntermediateImage, spec: ThumbnailSpec): number {
    return isIntermediate(image) ? memoryCostOfIntermediate(image, spec) : memoryCost(image, spec);
  }

  planOf(image: Pick<ImageFile, 'format' | 'header'>, spec: ThumbnailSpec): string | undefined {
    return decodePlanFor(image, spec)?.name;
  }

  async resize(
    image: ImageFile | IntermediateImage,
    spec: ThumbnailSpec,
    options: ResizeOptions,
  ): Promise<Thumbnail> {
    const pipeline = await this.#loaded();
    return pipeline.resize(image, spec, options);
  }

  async decode(image: ImageFile, spec: ThumbnailSpec, options: ResizeOptions): Promise<DecodedImage> {
    const pipeline = await this.#loaded();
    return pipeline.decode(image, spec, options);
  }
}
