import type { Lease, ThumbnailCache } from '../../ports/thumbnail-cache.ts';
import { type CacheEntry, UNKEPT_MS, noteEntry } from '../cache/cache-entry.ts';
import type { AnswerEntry } from '../cache/entry-bounds.ts';
import { UNPURGED } from '../cache/generations.ts';
import { madeIn } from '../cache/negative-caching.ts';
import type { Patience } from '../work/patience.ts';
import { pause } from '../work/race.ts';
import { LEASE_MS, holding } from './held-lease.ts';
import type { Job } from './job.ts';
import type { Made } from './thumbnail-maker.ts';

export interface LeaseCoalescingOptions {
  readonly cache: ThumbnailCache;
  readonly make: (job: Job, signal: AbortSignal) => Promise<Made>;
  /** The entry, where it may be served for this job without asking the source again: it is fresh, or a fault just met. */
  readonly ifDone: (entry: CacheEntry | undefined, job: Job) => AnswerEntry | undefined;
  /** Milliseconds after which work is taken for stuck, and others no longer wait for it. */
  readonly maxWorkMs: number;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly patience: Patience;
}

/** Milliseconds between two looks at what another process makes: a tenth of what was waited for, within these bounds. */
const POLL_MS = { min: 25, max: 250 };

const ALONE: Lease = { release: () => Promise.resolve() };

/** The lease may be ours, or nobody has to wait for it. */
type Outcome = { readonly lease: Lease } | { readonly found: AnswerEntry } | 'work-alone';

/**
 * Request coalescing across processes. Of those that share a cache, the one that gets the lease makes a thumbnail, and
 * renews the lease while it works. The others wait for as long as it does, and one of them takes its place where it fails
 * or dies. Each works alone where the cache has nothing to say of leases, or is not to keep what is made.
 */
export class LeaseCoalescing {
  readonly #options: LeaseCoalescingOptions;

  constructor(options: LeaseCoalescingOptions) {
    this.#options = options;
  }

  async make(job: Job, signal: AbortSignal): Promise<Made> {
    const { cache, make } = this.#options;
    // What is not kept is not to be waited for.
    if (cache.lease === undefined || job.generation === undefined) return make(job, signal);
    const startedAt = performance.now();
    const lease = await this.#lease(job, signal);
    // The process with the lease revalidates a stale one. Where that has been served already, nobody waits.
    const served = job.isBehind ? job.previous : undefined;
    if (lease === undefined && served !== undefined) return this.#found(served, startedAt);
    const outcome = lease === undefined ? await this.#follow(job, startedAt, signal) : { lease };
    if (outcome === 'work-alone') return make(job, signal);
    if ('found' in outcome) return this.#found(outcome.found, startedAt);
    return this.#lead(job, outcome.lease, startedAt, signal);
  }

  /** Waits for what the process with the lease makes, or for the lease. */
  async #follow(job: Job, startedAt: number, signal: AbortSignal): Promise<Outcome> {
    const { cache, ifDone, now } = this.#options;
    for (;;) {
      const waitedMs = performance.now() - startedAt;
      await pause(Math.min(Math.max(waitedMs / 10, POLL_MS.min), POLL_MS.max), signal);
      const entry = await cache.get(job.keys.thumbnail);
      const found = ifDone(entry, job);
      if (found !== undefined) return { found };
      if (entry?.kind === 'unkept' && entry.freshUntilMs > now()) return 'work-alone';
      const lease = await this.#lease(job, signal);
      if (lease !== undefined) return { lease };
    }
  }

  async #lead(job: Job, lease: Lease, startedAt: number, signal: AbortSignal): Promise<Made> {
    const { cache, make, ifDone, maxWorkMs } = this.#options;
    return holding(lease, maxWorkMs, async () => {
      // The one before may have ended between our look into the cache and this lease.
      const entry = ifDone(await cache.get(job.keys.thumbnail), job);
      if (entry !== undefined) return this.#found(entry, startedAt);
      const made = await make(job, signal);
      // Who has no lease keeps nobody waiting, and knows too little of the cache to replace what is in it.
      if (lease !== ALONE && needsNote(made, job)) await this.#noteUnkept(job);
      return made;
    });
  }

  /** Else those who wait would make it one after another. */
  async #noteUnkept({ keys, generation = UNPURGED }: Job): Promise<void> {
    const { cache, now } = this.#options;
    const note = noteEntry('unkept', { generation, createdAtMs: now(), forMs: UNKEPT_MS });
    await cache.set(keys.thumbnail, note, UNKEPT_MS);
  }

  /** Undefined where another has it. A cache that does not answer for a moment does not make each process work alone. */
  async #lease({ keys }: Job, signal: AbortSignal): Promise<Lease | undefined> {
    const { cache, patience } = this.#options;
    const ask = async () => {
      const lease = await cache.lease?.(keys.thumbnail, LEASE_MS);
      if (lease?.isUnshared === true) throw new Error('the cache does not say who is first');
      return lease;
    };
    return patience.run(ask, signal).catch(() => {
      signal.throwIfAborted();
      return ALONE;
    });
  }

  /** @throws RememberedError for a fault that another process has met */
  #found(entry: AnswerEntry, startedAt: number): Made {
    const timings = { waitMs: performance.now() - startedAt };
    return { entry: madeIn(entry, this.#options.now()), stored: true, isCollapsed: true, timings };
  }
}

/**
 * Whether others would look for it in the cache for nothing. A note takes the place of no thumbnail that may be there after
 * all, and of an earlier one only where the source forbids caching.
 */
function needsNote({ stored, isPrivate = false }: Made, { previous }: Job): boolean {
  return isPrivate || (stored === false && previous === undefined);
}
