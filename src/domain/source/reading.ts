import type { EncodedImage, Life } from './kept-sources.ts';
import type { ReducedImage } from '../image/reduced-image.ts';
import type { SourceValidators } from '../cache/source-freshness.ts';

/** What came of reading a source. Disposing of it gives back what it holds. */
export type Reading = SourceUnchanged | SourceInHand;

/** The source is as it was when the job's previous thumbnail was made. */
interface SourceUnchanged extends Disposable {
  readonly kind: 'unchanged';
  readonly life: Life;
  readonly timings: ReadTimings;
}

export interface SourceInHand extends Disposable {
  /** A compact one holds little, and nothing that has to be given back: others may have it too. */
  readonly kind: 'compact' | 'download';
  readonly image: EncodedImage | ReducedImage;
  readonly validators: SourceValidators;
  readonly life: Life;
  readonly timings: ReadTimings;
}

/** Milliseconds; a stage that did not take place is absent. */
interface ReadTimings {
  readonly fetchMs?: number;
  readonly reduceMs?: number;
}

const HOLDS_NOTHING = { [Symbol.dispose]: () => undefined };

/** What every reading of this kind has. */
export const COMPACT = { kind: 'compact', ...HOLDS_NOTHING } as const;

/** What every reading of this kind has. */
export const UNCHANGED = { kind: 'unchanged', ...HOLDS_NOTHING } as const;
