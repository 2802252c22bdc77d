import type { ImageFile } from '../image/image-file.ts';
import type { IntermediateImage } from '../image/intermediate-image.ts';
import type { Thumbnail } from '../image/thumbnail.ts';
import type { Lifetime, SourceValidators } from './freshness.ts';

/** What came of reading a source. Disposing of it gives back what it holds. */
export type Reading = SourceUnchanged | SourceImage;

/** The source is as it was when the previous thumbnail was made. */
export interface SourceUnchanged extends Disposable {
  readonly kind: 'unchanged';
  readonly validators: SourceValidators;
  readonly lifetime: Lifetime;
  readonly timings: ReadTimings;
}

export interface SourceImage extends Disposable {
  readonly kind: 'image';
  readonly image: ImageFile | IntermediateImage;
  /** Where it was made at the same time as the image. */
  readonly thumbnail?: Thumbnail | undefined;
  readonly validators: SourceValidators;
  readonly lifetime: Lifetime;
  readonly timings: ReadTimings;
}

/** The file itself. */
export interface SourceFile extends Disposable {
  readonly kind: 'file';
  readonly file: ImageFile;
  /** Unix milliseconds at which its reading began. */
  readonly readAtMs: number;
  readonly validators: SourceValidators;
  readonly lifetime: Lifetime;
  readonly timings: ReadTimings;
}

/** Milliseconds; a stage that did not take place is absent. */
export interface ReadTimings {
  /** Waiting for somebody else's reading of the same source. */
  readonly waitMs?: number;
  readonly fetchMs?: number;
  readonly decodeMs?: number;
}

/** For a reading that holds nothing which has to be given back: others may have its image too. */
export const HOLDS_NOTHING = { [Symbol.dispose]: () => undefined };
