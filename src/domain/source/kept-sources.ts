import type { Reach } from '../image/reach.ts';
import { type ReducedImage, isReduced, reaches } from '../image/reduced-image.ts';
import type { SourceValidators } from '../cache/source-freshness.ts';

/** An image as it was downloaded: the whole file, or a short one that a `PrefixJudge` has found to be enough. */
export interface EncodedImage {
  readonly bytes: Uint8Array;
  /** Length of the whole file, where that is known. */
  readonly wholeBytes: number | undefined;
}

/** A source in the form in which further thumbnails are made of it. */
export interface KeptSource {
  /** Reduced where that spares work; a small file that is decoded in no time stays as it is. */
  readonly image: ReducedImage | EncodedImage;
  readonly validators: SourceValidators;
  readonly life: Life;
}

/** How long what is made of a source may be kept. */
export interface Life {
  /** False where the source wants it kept nowhere. */
  readonly storable: boolean;
  /** Unix milliseconds until which the source need not be asked again. */
  readonly freshUntilMs: number;
}

export interface KeptSourcesOptions {
  /** The most bytes that all may take together; 0 keeps none. */
  readonly maxBytes: number;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** What each takes beside its image: objects, the key and the map's slot. */
const OVERHEAD_BYTES = 1024;

/**
 * The sources that thumbnails were made of last, in this process's memory, for those of their sizes and formats that are
 * asked for next: a page asks for an image's sizes within seconds.
 */
export class KeptSources {
  readonly #options: KeptSourcesOptions;
  /** In the order of their last use. */
  readonly #sources = new Map<string, KeptSource>();
  #bytes = 0;
  #uses = 0;

  constructor(options: KeptSourcesOptions) {
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

  /** The source, if it is here, still fresh, and good for such a thumbnail. */
  get(key: string, reach: Reach): KeptSource | undefined {
    const kept = this.#sources.get(key);
    if (kept === undefined) return undefined;
    this.#forget(key, kept);
    if (kept.life.freshUntilMs <= this.#options.now()) return undefined;
    this.#add(key, kept);
    if (!isGoodFor(kept, reach)) return undefined;
    this.#uses += 1;
    return kept;
  }

  set(key: string, source: KeptSource): void {
    const older = this.#sources.get(key);
    if (older !== undefined) this.#forget(key, older);
    if (sizeOf(source) <= this.#options.maxBytes) this.#add(key, source);
    for (const [oldestKey, oldest] of this.#sources) {
      if (this.#bytes <= this.#options.maxBytes) return;
      this.#forget(oldestKey, oldest);
    }
  }

  #add(key: string, source: KeptSource): void {
    this.#sources.set(key, source);
    this.#bytes += sizeOf(source);
  }

  #forget(key: string, source: KeptSource): void {
    this.#sources.delete(key);
    this.#bytes -= sizeOf(source);
  }
}

/** A file is good for every thumbnail that is made of kept sources; one that was cut too short for that is not kept. */
export function isGoodFor({ image }: Pick<KeptSource, 'image'>, reach: Reach): boolean {
  return !isReduced(image) || reaches(image, reach);
}

function sizeOf({ image }: KeptSource): number {
  return OVERHEAD_BYTES + (isReduced(image) ? image.pixels.byteLength : image.bytes.byteLength);
}
