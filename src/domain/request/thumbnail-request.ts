import type { ThumbnailOptions } from './options.ts';
import type { Source } from './source.ts';
import type { ThumbnailSpec } from './thumbnail-spec.ts';

/** What is asked for, after untrusted input has been parsed: nothing behind it validates the shape again. */
export interface ThumbnailRequest {
  readonly source: Source;
  readonly spec: ThumbnailSpec;
  /** As they were given: what a request may ask for goes by these. */
  readonly options: ThumbnailOptions;
}
