import type { MadeEntry } from '../cache/cache-entry.ts';
import type { RequestKeys } from '../cache/cache-key.ts';
import type { Spec } from '../request/source-request.ts';
import type { OpenSource } from '../source/open-source.ts';
import type { Requester } from '../work/requester.ts';

/** One thumbnail or info to make. */
export interface Job {
  readonly keys: RequestKeys;
  readonly source: OpenSource;
  /** Of the source; undefined where the cache does not know, and so nothing is kept. See `Generations`. */
  readonly generation: string | undefined;
  /** Whether the source had one before this job: then there may be thumbnails of it. */
  readonly mayBeKept: boolean;
  readonly spec: Spec;
  /** Made earlier, and to be revalidated. */
  readonly previous?: MadeEntry | undefined;
  /** Read the source although what is kept of it is fresh. */
  readonly refresh: boolean;
  /** Whether `previous` was the answer already: the job goes on behind it. */
  readonly isBehind: boolean;
  /** When the fault was met that the cache knew of before this job, in Unix milliseconds. */
  readonly knownFaultAtMs?: number | undefined;
  /** All who wait for it. */
  readonly requester: Requester;
}
