import type { UploadedImage } from '../../domain/request/source.ts';

/**
 * An upload of which several thumbnails are made. Its bytes are given back once its owner and all who work on them have
 * let go: a decoder may still read them after the owner's client has left, and go on with them for others.
 */
export class SharedUpload implements Disposable {
  readonly #image: UploadedImage;
  readonly #own: Disposable;
  #holders = 0;

  constructor(image: UploadedImage) {
    this.#image = image;
    this.#own = this.hold();
  }

  /** For one more thumbnail; to be disposed of once the work on that has ended (twice is once). */
  hold(): UploadedImage {
    const { bytes, receivedMs } = this.#image;
    const held = new DisposableStack();
    this.#holders += 1;
    held.defer(() => this.#letGo());
    return { bytes, receivedMs, [Symbol.dispose]: () => held.dispose() };
  }

  [Symbol.dispose](): void {
    this.#own[Symbol.dispose]();
  }

  #letGo(): void {
    this.#holders -= 1;
    if (this.#holders === 0) this.#image[Symbol.dispose]();
  }
}
