import type { CacheEntry, MadeEntry } from '../cache/cache-entry.ts';
import { type AnswerEntry, boundedEntry } from '../cache/entry-bounds.ts';
import { goodUntilMs } from '../cache/negative-caching.ts';
import { isInfoSpec } from '../request/info-spec.ts';
import type { Spec } from '../request/source-request.ts';
import type { LifetimePolicy } from '../source/freshness.ts';
import type { Job } from './job.ts';
import { TOLD_MS } from './source-news.ts';

export interface FoundEntriesOptions {
  readonly lifetimes: LifetimePolicy;
  /** See `FailureEntry.verdictOf`. */
  readonly verdicts: string;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** What an entry that a cache has is good for at this moment. */
export class FoundEntries {
  readonly #options: FoundEntriesOptions;

  constructor(options: FoundEntriesOptions) {
    this.#options = options;
  }

  /** The entry as far as it is plausible; see `boundedEntry`. */
  readonly bounded = (entry: CacheEntry | undefined): AnswerEntry | undefined => {
    const { lifetimes, verdicts, now } = this.#options;
    return boundedEntry(entry, { nowMs: now(), maxMs: lifetimes.maxMs, verdicts });
  };

  /** The entry, where another process has made it for this job too, or has just met that fault. */
  readonly ifDone = (entry: CacheEntry | undefined, job: Job): AnswerEntry | undefined => {
    const { refresh, spec, generation, knownFaultAtMs } = job;
    const found = this.bounded(entry);
    if (found === undefined || !isFor(found, spec) || found.generation !== generation) return undefined;
    if (this.isFresh(found)) return refresh && !this.isRecent(found) ? undefined : found;
    const isNewFault = found.kind === 'failure' && found.createdAtMs !== knownFaultAtMs;
    return isNewFault && this.#options.now() - found.createdAtMs < TOLD_MS ? found : undefined;
  };

  isFresh({ freshUntilMs }: AnswerEntry): boolean {
    return freshUntilMs > this.#options.now();
  }

  /** Whether it may still be served. Of one whose source has failed for too long there is nothing left but to ask again. */
  isGood(entry: AnswerEntry | undefined): entry is MadeEntry {
    if (!isMade(entry)) return false;
    const { lifetimes, now } = this.#options;
    return entry.staleSinceMs === undefined || goodUntilMs(entry, lifetimes) > now();
  }

  /** Whether the source was asked so lately that no refresh asks it again. */
  isRecent({ createdAtMs }: CacheEntry): boolean {
    const { lifetimes, now } = this.#options;
    return Math.abs(now() - createdAtMs) < lifetimes.minMs;
  }
}

export function isMade(entry: AnswerEntry | undefined): entry is MadeEntry {
  return entry !== undefined && entry.kind !== 'failure';
}

/** Whether an entry is of the kind that is asked for. Somebody who may write to a shared cache may have put another there. */
export function isFor(entry: AnswerEntry, spec: Spec): boolean {
  return entry.kind === 'failure' || (entry.kind === 'info') === isInfoSpec(spec);
}
