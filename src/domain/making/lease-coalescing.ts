import type { Lease, ThumbnailCache } from '../../ports/thumbnail-cache.ts';
import type { CacheEntry } from '../cache/cache-entry.ts';
import type { AnswerEntry } from '../cache/entry-bounds.ts';
import { madeIn } from '../cache/negative-caching.ts';
import { raceSignal } from '../work/race.ts';
import type { Job } from './job.ts';
import type { Made } from './thumbnail-maker.ts';

export interface LeaseCoalescingOptions {
  readonly cache: ThumbnailCache;
  readonly make: (job: Job, signal: AbortSignal) => Promise<Made>;
  /** The entry, where it may be served for this job without asking the source again. */
  readonly ifFresh: (entry: CacheEntry | undefined, job: Job) => AnswerEntry | undefined;
  /** Milliseconds between two looks at what another process makes. */
  readonly pollMs?: number;
  /** Milliseconds after which the work is done here too. */
  readonly patienceMs?: number;
}

/** Longer than most thumbnails take; a leader that dies keeps the others waiting no longer than their patience. */
const LEASE_MS = 5000;
const POLL_MS = 50;
const PATIENCE_MS = 3000;

/**
 * Request coalescing across processes. Of those that share a cache, the one that gets the lease makes a thumbnail; the
 * others wait a little for it, take its place where it fails, and work alone where it is slow: no process depends on
 * another.
 */
export class LeaseCoalescing {
  readonly #options: Required<LeaseCoalescingOptions>;

  constructor(options: LeaseCoalescingOptions) {
    this.#options = { pollMs: POLL_MS, patienceMs: PATIENCE_MS, ...options };
  }

  async make(job: Job, signal: AbortSignal): Promise<Made> {
    const { cache, make } = this.#options;
    // What is not kept is not to be waited for.
    if (cache.lease === undefined || job.generation === undefined) return make(job, signal);
    const startedAt = performance.now();
    let lease = await cache.lease(job.keys.thumbnail, LEASE_MS);
    // The process with the lease revalidates a stale one. That has been served already, and nobody waits, except for a
    // refresh.
    const served = job.refresh ? undefined : job.previous;
    if (lease === undefined && served !== undefined) return found(served, startedAt);
    while (lease === undefined && performance.now() - startedAt < this.#options.patienceMs) {
      await pause(this.#options.pollMs, signal);
      const entry = await this.#freshEntry(job);
      if (entry !== undefined) return found(entry, startedAt);
      lease = await cache.lease(job.keys.thumbnail, LEASE_MS);
    }
    return lease === undefined ? make(job, signal) : this.#lead(job, lease, startedAt, signal);
  }

  async #lead(job: Job, lease: Lease, startedAt: number, signal: AbortSignal): Promise<Made> {
    try {
      // The one before may have ended between our look into the cache and this lease.
      const entry = await this.#freshEntry(job);
      return entry === undefined ? await this.#options.make(job, signal) : found(entry, startedAt);
    } finally {
      await lease.release();
    }
  }

  async #freshEntry(job: Job): Promise<AnswerEntry | undefined> {
    const { cache, ifFresh } = this.#options;
    return ifFresh(await cache.get(job.keys.thumbnail), job);
  }
}

/** @throws RestoredError for a fault that another process has met */
function found(entry: AnswerEntry, startedAt: number): Made {
  const timings = { waitMs: performance.now() - startedAt };
  return { entry: madeIn(entry), stored: true, isCollapsed: true, timings };
}

/** Rejects with the signal's reason when that aborts. */
async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  const over = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => over.resolve(undefined), milliseconds);
  try {
    await raceSignal(over.promise, signal);
  } finally {
    clearTimeout(timer);
  }
}
