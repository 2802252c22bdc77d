import type { CacheEntry, FailureEntry, MadeEntry } from './cache-entry.ts';
import { longestFailureMs } from './negative-caching.ts';

/** What a cache may have under the key of a request. */
export type AnswerEntry = MadeEntry | FailureEntry;

/** By how much the clock of another process that shares a cache may be ahead of ours. */
export const CLOCK_SKEW_MS = 60_000;

/**
 * An entry as far as it is plausible. A shared cache may hold what another version wrote, or somebody who may write there:
 * no entry is fresh for longer than the operator's bound on lifetimes. What claims more, or that it was made at a time to come,
 * is stale, and so made again.
 *
 * @param verdicts see `FailureEntry.verdictOf`
 * @returns undefined where the entry is none of a thumbnail, or of an empty one: that is a miss
 */
export function boundedEntry(
  entry: CacheEntry | undefined,
  { nowMs, maxMs, verdicts }: { readonly nowMs: number; readonly maxMs: number; readonly verdicts: string },
): AnswerEntry | undefined {
  if (entry === undefined || !isAnswer(entry)) return undefined;
  if (entry.kind === 'thumbnail' && entry.thumbnail.bytes.length === 0) return undefined;
  if (entry.kind === 'failure' && entry.verdictOf !== verdicts) return undefined;
  const longestMs = entry.kind === 'failure' ? longestFailureMs(entry.code, maxMs) : maxMs;
  // Our clock may have been set back since it was made.
  const isPlausible =
    entry.createdAtMs <= nowMs + CLOCK_SKEW_MS && entry.freshUntilMs <= nowMs + longestMs + CLOCK_SKEW_MS;
  const latestMs = isPlausible ? nowMs + longestMs : nowMs;
  return entry.freshUntilMs <= latestMs ? entry : { ...entry, freshUntilMs: latestMs };
}

function isAnswer(entry: CacheEntry): entry is AnswerEntry {
  return entry.kind === 'thumbnail' || entry.kind === 'info' || entry.kind === 'failure';
}
