import type { MadeEntry, ThumbnailEntry } from '../cache/cache-entry.ts';

/** The answer to a request for a thumbnail. */
export interface ThumbnailResult extends MadeResult {
  readonly entry: ThumbnailEntry;
}

/** The answer to a request. */
export interface MadeResult {
  readonly entry: MadeEntry;
  readonly cacheStatus: 'hit' | 'stale' | 'miss';
  /** Which of several caches had it. */
  readonly tier?: string | undefined;
  /** Whether the cache has it now. */
  readonly stored: boolean;
  /** Whether the source wants it kept nowhere, in no cache in front either. */
  readonly isPrivate?: boolean | undefined;
  /** Whether it waited for the work of another request, here or in another process (request coalescing). */
  readonly isCollapsed?: boolean | undefined;
  /** Why no hit was possible: the request is a refresh, what is cached is stale, or there is nothing. */
  readonly forwarded?: 'request' | 'stale' | 'uri-miss' | undefined;
  readonly timings: Timings;
}

/** Where the time went, in milliseconds; a stage that did not take place is absent. */
export interface Timings {
  readonly cacheMs: number;
  /** Waiting for somebody else's work on the same thumbnail, or on the same source. */
  readonly waitMs?: number;
  /** The download of a source, or the arrival of an upload. */
  readonly fetchMs?: number;
  /** Decoding, scaling and encoding. */
  readonly resizeMs?: number;
}
