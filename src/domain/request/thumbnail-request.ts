import type { Fit, OutputChoice } from '../image/formats.ts';
import type { PresentedSignature } from '../access/signature.ts';
import type { SourceUrl } from './source-url.ts';

/** What is asked for, after untrusted input has been parsed: nothing behind it validates the shape again. */
export interface ThumbnailRequest {
  readonly source: SourceUrl;
  /** Largest dimension of the thumbnail, in pixels. */
  readonly size: number;
  readonly fit: Fit;
  readonly format: OutputChoice;
  /** Make it anew though the cache may have it; for signed requests alone. */
  readonly refresh?: boolean;
  /** The signature that came with the request, not verified yet. */
  readonly signature?: PresentedSignature;
}
