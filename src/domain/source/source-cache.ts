import type { ImageFile } from '../image/image-file.ts';
import { type IntermediateImage, bytesOf } from '../image/intermediate-image.ts';
import { type Lifetime, type SourceValidators, lengthOf } from './freshness.ts';
import { SharedMemory, type SourceForm } from './shared-memory.ts';

/** A source in the forms in which further thumbnails are made of it. */
export interface CachedSource {
  /** Of the file: which intermediate image a thumbnail needs follows from it. */
  readonly facts: Pick<ImageFile, 'format' | 'header'>;
  readonly validators: SourceValidators;
  readonly lifetime: Lifetime;
  /** Unix milliseconds at which the first reading of this version began. */
  readonly readAtMs: number;
  /** A small file that is decoded in no time stays as it is. */
  readonly file?: ImageFile;
  /** By their plans. */
  readonly intermediates: ReadonlyMap<string, IntermediateImage>;
}

export interface SourceCacheOptions {
  /** The most bytes that all may take together; 0 keeps none. */
  readonly maxBytes: number;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** What each takes beside its images and texts: objects and the map's slot. */
const OVERHEAD_BYTES = 1024;

/**
 * The sources that thumbnails were made of last, in this process's memory, for those of their sizes and formats that are
 * asked for next: a page asks for an image's sizes within seconds. What is kept is what a thumbnail is made from anyway,
 * so it spares work and changes no byte.
 */
export class SourceCache {
  readonly #options: SourceCacheOptions;
  /** In the order of their last use. */
  readonly #sources = new Map<string, CachedSource>();
  readonly #memory = new SharedMemory();
  #bytes = 0;
  #uses = 0;

  constructor(options: SourceCacheOptions) {
    this.#options = options;
  }

  /** Bytes that all that are kept take together. */
  get bytes(): number {
    return this.#bytes;
  }

  get keepsAny(): boolean {
    return this.#options.maxBytes > 0;
  }

  /** How often one of them has spared a reading of its source. */
  get uses(): number {
    return this.#uses;
  }

  countUse(): void {
    this.#uses += 1;
  }

  /** The source, if it is here and still fresh. */
  get(key: string): CachedSource | undefined {
    const cached = this.#sources.get(key);
    if (cached === undefined) return undefined;
    const nowMs = this.#options.now();
    // Where it was read at a time to come, the clock has been set back since.
    if (cached.lifetime.freshUntilMs <= nowMs || cached.readAtMs > nowMs) {
      this.#remove(key, cached);
      return undefined;
    }
    this.#sources.delete(key);
    this.#sources.set(key, cached);
    return cached;
  }

  /** In place of an older one under this key; the oldest others make room. */
  set(key: string, source: CachedSource): void {
    const older = this.#sources.get(key);
    if (older !== undefined) this.#remove(key, older);
    if (sizeOf(key, source) <= this.#options.maxBytes) this.#add(key, source);
    for (const [oldestKey, oldest] of this.#sources) {
      if (this.#bytes <= this.#options.maxBytes) return;
      this.#remove(oldestKey, oldest);
    }
  }

  /** Keeps the memory of an image that it keeps, or has just kept, until that is disposed of. */
  hold(image: SourceForm): Disposable {
    this.#memory.hold(image);
    return { [Symbol.dispose]: () => this.#memory.letGo(image) };
  }

  /** Where it was read before then, another process has found a newer version. */
  deleteOlder(key: string, thenMs: number): void {
    const cached = this.#sources.get(key);
    if (cached !== undefined && cached.readAtMs < thenMs) this.#remove(key, cached);
  }

  delete(key: string): void {
    const cached = this.#sources.get(key);
    if (cached !== undefined) this.#remove(key, cached);
  }

  #add(key: string, source: CachedSource): void {
    this.#sources.set(key, source);
    this.#bytes += sizeOf(key, source);
    for (const form of formsOf(source)) this.#memory.hold(form);
  }

  #remove(key: string, source: CachedSource): void {
    this.#sources.delete(key);
    this.#bytes -= sizeOf(key, source);
    for (const form of formsOf(source)) this.#memory.letGo(form);
  }
}

/** The memory of an image may be larger than the image, and all of it is kept; its address may be longer than the image. */
function sizeOf(key: string, source: CachedSource): number {
  const besideForms = OVERHEAD_BYTES + key.length + lengthOf(source.validators);
  return formsOf(source).reduce((sum, form) => sum + bytesOf(form).buffer.byteLength, besideForms);
}

function formsOf({ file, intermediates }: CachedSource): readonly SourceForm[] {
  return file === undefined ? [...intermediates.values()] : [file, ...intermediates.values()];
}
