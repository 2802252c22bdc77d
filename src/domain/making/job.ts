import type { ThumbnailEntry } from '../cache/cache-entry.ts';
import type { CacheKey } from '../cache/cache-key.ts';
import type { ThumbnailRequest } from '../request/thumbnail-request.ts';

/** One thumbnail to make. */
export interface Job {
  readonly key: CacheKey;
  /** Of the source; see `Generations`. */
  readonly generation: string;
  readonly request: ThumbnailRequest;
  /** Made earlier, and stale by now. */
  readonly previous?: ThumbnailEntry | undefined;
}
