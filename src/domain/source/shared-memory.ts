import type { ImageFile } from '../image/image-file.ts';
import { type IntermediateImage, bytesOf } from '../image/intermediate-image.ts';
import { freeMemory } from '../work/process-memory.ts';

/** A form in which thumbnails are made of a source. */
export type SourceForm = ImageFile | IntermediateImage;

/**
 * Counts who holds the memory of images: the cache that keeps them, and those who make a thumbnail of them. Where the last
 * has let go, it is given back.
 */
export class SharedMemory {
  readonly #holders = new Map<SourceForm, number>();

  hold(form: SourceForm): void {
    this.#holders.set(form, (this.#holders.get(form) ?? 0) + 1);
  }

  letGo(form: SourceForm): void {
    const others = (this.#holders.get(form) ?? 1) - 1;
    this.#holders.set(form, others);
    // Those who have waited for the same decode take hold of it before the next turn of the event loop.
    if (others === 0) setImmediate(() => this.#freeUnheld(form));
  }

  #freeUnheld(form: SourceForm): void {
    if (this.#holders.get(form) !== 0) return;
    this.#holders.delete(form);
    freeMemory(bytesOf(form));
  }
}
