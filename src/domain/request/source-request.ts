import type { InfoSpec } from './info-spec.ts';
import type { ThumbnailOptions } from './options.ts';
import type { Source } from './source.ts';
import type { ThumbnailSpec } from './thumbnail-spec.ts';

/** What is to be made of a source. */
export type Spec = ThumbnailSpec | InfoSpec;

/** What is asked for, after untrusted input has been parsed: nothing behind it validates the shape again. */
export type SourceRequest = ThumbnailRequest | InfoRequest;

export interface ThumbnailRequest {
  readonly source: Source;
  readonly spec: ThumbnailSpec;
  /** As they were given: what a request may ask for goes by these. */
  readonly options: ThumbnailOptions;
}

/** Anyone may ask for any info. */
export interface InfoRequest {
  readonly source: Source;
  readonly spec: InfoSpec;
  readonly options?: undefined;
}
