import type { Thumbnail } from '../../domain/thumbnail.ts';
import type { ImageResizer, ThumbnailSpec } from '../../ports/image-resizer.ts';
import type { OperationObserver } from '../../ports/operation-observer.ts';
import { observed } from './observed.ts';

/** Tells an observer of each resize, and changes nothing. */
export class ObservedImageResizer implements ImageResizer {
  readonly #resizer: ImageResizer;
  readonly #observe: OperationObserver;

  constructor({ resizer, observe }: { readonly resizer: ImageResizer; readonly observe: OperationObserver }) {
    this.#resizer = resizer;
    this.#observe = observe;
  }

  memoryCost(image: Uint8Array, spec: ThumbnailSpec): number {
    return this.#resizer.memoryCost(image, spec);
  }

  resize(
    image: Uint8Array,
    spec: ThumbnailSpec,
    options: { readonly signal: AbortSignal },
  ): Promise<Thumbnail> {
    return observed(this.#observe, { name: 'resize' }, () => this.#resizer.resize(image, spec, options));
  }
}
