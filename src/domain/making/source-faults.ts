import type { ThumbnailCache } from '../../ports/thumbnail-cache.ts';
import type { FailureEntry } from '../cache/cache-entry.ts';
import { type CacheKey, faultKeyOf } from '../cache/cache-key.ts';
import { boundedEntry } from '../cache/entry-bounds.ts';
import { UNPURGED } from '../cache/generations.ts';
import { failureLifetime, isOfWholeSource } from '../cache/negative-caching.ts';
import { RestoredError, ThumbnailerError } from '../errors/index.ts';
import { isInfoSpec } from '../request/info-spec.ts';
import type { LifetimePolicy } from '../source/freshness.ts';
import type { Job } from './job.ts';

export interface SourceFaultsOptions {
  readonly cache: ThumbnailCache;
  readonly lifetimes: LifetimePolicy;
  /** A digest of what decides which images are served; see `cacheKeyOf`. */
  readonly policy?: string | undefined;
  /** See `FailureEntry.verdictOf`. */
  readonly verdicts: string;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/**
 * Faults that are remembered (negative caching). A fault of a source is remembered for all sizes and formats of it: a page
 * that shows several of them shows all or none. Only what one size was too large or too expensive for is its own.
 */
export class SourceFaults {
  readonly #options: SourceFaultsOptions;

  constructor(options: SourceFaultsOptions) {
    this.#options = options;
  }

  /** The fault that the source was found to have, for as long as that is remembered. */
  async find(job: Job): Promise<FailureEntry | undefined> {
    const { cache, lifetimes, verdicts, now } = this.#options;
    if (job.generation === undefined) return undefined;
    const nowMs = now();
    const found = await cache.get(this.#keyOf(job));
    const entry = boundedEntry(found, { nowMs, maxMs: lifetimes.maxMs, verdicts });
    if (entry?.kind !== 'failure' || entry.generation !== job.generation) return undefined;
    return entry.freshUntilMs > nowMs ? entry : undefined;
  }

  /** @returns whether it is one that is remembered, or was read from there */
  async remember(job: Job, error: unknown): Promise<boolean> {
    if (error instanceof RestoredError) return true;
    if (!(error instanceof ThumbnailerError)) return false;
    const ttlMs = failureLifetime(error, this.#options.lifetimes.faultsMs);
    if (ttlMs === undefined) return false;
    const key = isOfWholeSource(error.code) ? this.#keyOf(job) : job.keys.thumbnail;
    await this.#set(job, key, this.#entryOf(job, error, ttlMs), ttlMs);
    return true;
  }

  /** The source has been read again, because somebody insisted on it. */
  async forget(job: Job, fault: FailureEntry): Promise<void> {
    const nowMs = this.#options.now();
    // Newer than the one that other processes may have in their memory, which they compare it with.
    const over = { ...fault, createdAtMs: nowMs, freshUntilMs: nowMs };
    await this.#set(job, this.#keyOf(job), over, fault.freshUntilMs - nowMs);
  }

  /** Of the thumbnail that was kept nothing is left, in any process. */
  async takeAway(job: Job, error: ThumbnailerError): Promise<void> {
    await this.#set(job, job.keys.thumbnail, this.#entryOf(job, error, 0), this.#options.lifetimes.maxMs);
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
  async #set({ generation }: Job, key: CacheKey, entry: FailureEntry, ttlMs: number): Promise<void> {
    if (generation !== undefined) await this.#options.cache.set(key, entry, ttlMs);
  }

  /** What is told of a file may be had where no thumbnail is. */
  #keyOf({ source, spec }: Job): CacheKey {
    const { policy, verdicts } = this.#options;
    return faultKeyOf(source.name, isInfoSpec(spec) ? 'info' : 'thumbnail', [policy ?? '', verdicts]);
  }
}
