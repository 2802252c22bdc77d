import type { Reach } from '../../../domain/image/reach.ts';
import type { ReducedImage } from '../../../domain/image/reduced-image.ts';
import type { Thumbnail } from '../../../domain/image/thumbnail.ts';
import type { ImageResizer, ResizeOptions, ThumbnailSpec } from '../../../ports/image-resizer.ts';
import type { OperationObserver } from '../../../ports/operation-observer.ts';
import { observed } from './observed.ts';

/** Tells an observer of each resize and reduction, and changes nothing. */
export class ObservedImageResizer implements ImageResizer {
  readonly #resizer: ImageResizer;
  readonly #observe: OperationObserver;

  constructor({ resizer, observe }: { readonly resizer: ImageResizer; readonly observe: OperationObserver }) {
    this.#resizer = resizer;
    this.#observe = observe;
  }

  memoryCost(image: Uint8Array | ReducedImage, spec: ThumbnailSpec): number {
    return this.#resizer.memoryCost(image, spec);
  }

  decodesQuickly(image: Uint8Array): boolean {
    return this.#resizer.decodesQuickly(image);
  }

  resize(image: Uint8Array | ReducedImage, spec: ThumbnailSpec, options: ResizeOptions): Promise<Thumbnail> {
    return observed(this.#observe, { name: 'resize' }, () => this.#resizer.resize(image, spec, options));
  }

  reduce(image: Uint8Array, reach: Reach, options: ResizeOptions): Promise<ReducedImage | undefined> {
    return observed(this.#observe, { name: 'reduce' }, () => this.#resizer.reduce(image, reach, options));
  }
}
