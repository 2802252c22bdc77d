import type { Reach } from '../../domain/image/reach.ts';
import { type ReducedImage, isReduced } from '../../domain/image/reduced-image.ts';
import type { Thumbnail } from '../../domain/image/thumbnail.ts';
import type { ImageResizer, ResizeOptions, ThumbnailSpec } from '../../ports/image-resizer.ts';
import { type InputLimits, admitImage } from './admitted-image.ts';
import { memoryCost, memoryCostOfReduced } from './memory-cost.ts';
import { decodesQuickly } from './reduction.ts';
import type { SharpPipeline } from './sharp-pipeline.ts';

export type SharpImageResizerOptions = InputLimits;

/**
 * Makes thumbnails with sharp, that is, with libvips. Headers are judged without it; it is loaded with the first image, or
 * when that is asked for, so that a start need not wait for it.
 */
export class SharpImageResizer implements ImageResizer {
  readonly #limits: InputLimits;
  #pipeline: Promise<SharpPipeline> | undefined;

  constructor(options: SharpImageResizerOptions) {
    this.#limits = options;
  }

  /** Resolves once sharp is loaded. Rejects where that is not possible on this machine, as each `resize` then does. */
  async warmUp(): Promise<void> {
    await this.#loaded();
  }

  memoryCost(image: Uint8Array | ReducedImage, spec: ThumbnailSpec): number {
    if (isReduced(image)) return memoryCostOfReduced(image, spec);
    return memoryCost(admitImage(image, this.#limits), spec);
  }

  decodesQuickly(image: Uint8Array): boolean {
    return decodesQuickly(admitImage(image, this.#limits));
  }

  async resize(
    image: Uint8Array | ReducedImage,
    spec: ThumbnailSpec,
    options: ResizeOptions,
  ): Promise<Thumbnail> {
    const pipeline = await this.#loaded();
    return pipeline.resize(image, spec, options);
  }

  async reduce(image: Uint8Array, reach: Reach, options: ResizeOptions): Promise<ReducedImage | undefined> {
    const pipeline = await this.#loaded();
    return pipeline.reduce(image, reach, options);
  }

  #loaded(): Promise<SharpPipeline> {
    return (this.#pipeline ??= this.#load());
  }

  async #load(): Promise<SharpPipeline> {
    const { SharpPipeline } = await import('./sharp-pipeline.ts');
    return new SharpPipeline(this.#limits);
  }
}
