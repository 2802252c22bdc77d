import type { ThumbnailCache } from '../../ports/thumbnail-cache.ts';
import { type FailureEntry, type NoteEntry, noteEntry } from '../cache/cache-entry.ts';
import { type CacheKey, newsKeyOf } from '../cache/cache-key.ts';
import { boundedEntry } from '../cache/entry-bounds.ts';
import { UNPURGED } from '../cache/generations.ts';
import { failureLifetime, isOfWholeSource } from '../cache/negative-caching.ts';
import { RememberedError, ThumbnailerError } from '../errors/index.ts';
import { isInfoSpec } from '../request/info-spec.ts';
import type { LifetimePolicy } from '../source/freshness.ts';
import type { Job } from './job.ts';

export interface SourceNewsOptions {
  readonly cache: ThumbnailCache;
  readonly lifetimes: LifetimePolicy;
  /** See `FailureEntry.verdictOf`. */
  readonly verdicts: string;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** For how many milliseconds those who wait for a thumbnail are told of a fault that nobody is to remember. */
export const TOLD_MS = 5000;

/**
 * What processes know of a source beside its thumbnails. Faults that are remembered (negative caching) are those of all its
 * sizes and formats: a page that shows several of them shows all or none. Only what one size was too large or too expensive
 * for is its own, and what is damaged in an animation, whose first frame may be in order.
 */
export class SourceNews {
  readonly #options: SourceNewsOptions;

  constructor(options: SourceNewsOptions) {
    this.#options = options;
  }

  /** The last news of the source, where there are any: its fault, for as long as that is remembered, or that it has changed. */
  async find(job: Job): Promise<FailureEntry | NoteEntry | undefined> {
    const { cache, lifetimes, verdicts, now } = this.#options;
    if (job.generation === undefined) return undefined;
    const nowMs = now();
    const found = await cache.get(this.#keyOf(job));
    if (found?.generation !== job.generation) return undefined;
    if (found.kind === 'changed') return found;
    const entry = boundedEntry(found, { nowMs, maxMs: lifetimes.maxMs, verdicts });
    return entry?.kind === 'failure' && entry.freshUntilMs > nowMs ? entry : undefined;
  }

  /** Whether the source had another image when it was read since then (Unix milliseconds). */
  async hasChanged(job: Job, sinceMs: number): Promise<boolean> {
    const { kind, createdAtMs = 0 } = (await this.find(job)) ?? {};
    // A clock that is ahead says nothing of when that was.
    return kind === 'changed' && createdAtMs >= sinceMs && createdAtMs <= this.#options.now();
  }

  /** @returns whether it is one that is remembered, or was read from there */
  async remember(job: Job, error: unknown): Promise<boolean> {
    if (error instanceof RememberedError) return true;
    if (!(error instanceof ThumbnailerError)) return false;
    const ttlMs = failureLifetime(error, this.#options.lifetimes.faultsMs);
    if (ttlMs === undefined || ttlMs === 0) return false;
    const isOfSource = isOfWholeSource(error.code) && !isOfFrames(error, job);
    const key = isOfSource ? this.#keyOf(job) : job.keys.thumbnail;
    await this.#set(job, key, this.#entryOf(job, error, ttlMs), ttlMs);
    return true;
  }

  /** Of a fault of the source that nobody is to remember, those who wait for this thumbnail now: they need not ask it again. */
  async tellWaiting(job: Job, error: unknown): Promise<void> {
    if (!(error instanceof ThumbnailerError) || failureLifetime(error, 0) !== 0) return;
    await this.#set(job, job.keys.thumbnail, this.#entryOf(job, error, 0), TOLD_MS);
  }

  /** That the source had another image when it was read; it has no fault then either. */
  async noteChange(job: Job, createdAtMs: number): Promise<void> {
    const { generation = UNPURGED } = job;
    const { maxMs: forMs } = this.#options.lifetimes;
    const note = noteEntry('changed', { generation, createdAtMs, forMs });
    await this.#set(job, this.#keyOf(job), note, forMs);
  }

  /**
   * So that nothing is left of the thumbnail that was kept. An error that others may be told of takes its place, so that
   * their memory gives it up too; any other is for each process to find out.
   */
  async takeAway(job: Job, error: ThumbnailerError): Promise<void> {
    const ttlMs = failureLifetime(error, 0) === undefined ? 0 : this.#options.lifetimes.maxMs;
    await this.#set(job, job.keys.thumbnail, this.#entryOf(job, error, 0), ttlMs);
  }

  #entryOf({ generation = UNPURGED }: Job, error: ThumbnailerError, ttlMs: number): FailureEntry {
    const { verdicts: verdictOf, now } = this.#options;
    const { code, message: sentence, retryAfterSeconds } = error;
    const createdAtMs = now();
    const retryAtMs = retryAfterSeconds === undefined ? undefined : createdAtMs + retryAfterSeconds * 1000;
    const dates = { createdAtMs, freshUntilMs: createdAtMs + ttlMs, ...(retryAtMs && { retryAtMs }) };
    return { kind: 'failure', code, sentence, verdictOf, generation, ...dates };
  }

  /** What could not be proven current later is not kept. */
  async #set(
    { generation }: Job,
    key: CacheKey,
    entry: FailureEntry | NoteEntry,
    ttlMs: number,
  ): Promise<void> {
    if (generation !== undefined) await this.#options.cache.set(key, entry, ttlMs);
  }

  /** What is told of a file may be had where no thumbnail is. */
  #keyOf({ keys, source, spec }: Job): CacheKey {
    const judgedBy = [keys.policy, this.#options.verdicts];
    return newsKeyOf(source.name, isInfoSpec(spec) ? 'info' : 'thumbnail', judgedBy);
  }
}

/** Whether it may be the fault of frames that a still thumbnail does not need. */
function isOfFrames({ code }: ThumbnailerError, { spec }: Job): boolean {
  return code === 'corrupt-image' && !isInfoSpec(spec) && spec.animation !== undefined;
}
