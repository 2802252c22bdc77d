import type { ImageResizer, ResizeOptions } from '../../../ports/image-resizer.ts';
import type { OperationObserver } from '../../../ports/operation-observer.ts';
import { ResizerDecorator } from '../resizer-decorator.ts';
import { observed } from './observed.ts';

/** Tells an observer of each decode and resize, and changes nothing. */
export class ObservedImageResizer extends ResizerDecorator {
  readonly #observe: OperationObserver;

  constructor({ resizer, observe }: { readonly resizer: ImageResizer; readonly observe: OperationObserver }) {
    super(resizer);
    this.#observe = observe;
  }

  protected override run<T>(
    name: 'decode' | 'resize',
    _image: unknown,
    _spec: unknown,
    { signal }: ResizeOptions,
    work: () => Promise<T>,
  ): Promise<T> {
    // To an operator the intermediate image is what is left of the source: its name in metrics and traces is older.
    const operation = { name: name === 'decode' ? 'reduce' : 'resize' } as const;
    return observed(this.#observe, operation, work, { signal });
  }
}
