import type { ThumbnailEntry } from '../cache/cache-entry.ts';
import type { CacheKey } from '../cache/cache-key.ts';
import type { ThumbnailSpec } from '../request/thumbnail-spec.ts';
import type { OpenSource } from '../source/open-source.ts';
import type { Requester } from '../work/requester.ts';

/** One thumbnail to make. */
export interface Job {
  readonly key: CacheKey;
  readonly source: OpenSource;
  /** Of the source; see `Generations`. */
  readonly generation: string;
  readonly spec: ThumbnailSpec;
  /** Made earlier, and to be revalidated. */
  readonly previous?: ThumbnailEntry | undefined;
  /** Read the source although what is kept of it is fresh. */
  readonly refresh: boolean;
  /** All who wait for it. */
  readonly requester: Requester;
}
