import type { CacheEntry } from '../../../domain/cache/cache-entry.ts';
import type { CacheKey } from '../../../domain/cache/cache-key.ts';
import type { HitObserver, ThumbnailCache } from '../../../ports/thumbnail-cache.ts';
import { allSettled } from './all-settled.ts';
import { OngoingReads } from './ongoing-reads.ts';

export interface TieredThumbnailCacheOptions {
  /** Nearest first, at least one. */
  readonly tiers: readonly CacheTier[];
  /** Unix milliseconds. */
  readonly now?: () => number;
}

export interface CacheTier {
  /** What a hit in it is called in logs and metrics: the configuration's word, `memory`. */
  readonly name: string;
  readonly cache: ThumbnailCache;
}

interface Found {
  readonly index: number;
  readonly name: string;
  readonly entry: CacheEntry;
}

/**
 * Several caches as one. The nearest that has a fresh entry answers, else the furthest that has a stale one, as more
 * processes may have brought that one up to date; nearer ones are filled on the way back. What is stored is stored in all. One that fails is passed over: an operation rejects when that left it without a result.
 *
 * A nearer tier is filled for as long as the entry is fresh, which a cache is at most told to keep it. What is no longer
 * fresh stays where it is, so that its successor is seen as soon as there is one.
 */
export class TieredThumbnailCache implements ThumbnailCache {
  /** That of the furthest tier which has leases: it is the one that most processes share. */
  readonly lease?: NonNullable<ThumbnailCache['lease']>;
  /** Only where the nearest tier has it. */
  readonly peek?: NonNullable<ThumbnailCache['peek']>;
  readonly #tiers: readonly CacheTier[];
  readonly #now: () => number;
  readonly #reads = new OngoingReads<CacheKey>();

  constructor({ tiers, now = Date.now }: TieredThumbnailCacheOptions) {
    if (tiers.length === 0) throw new Error('a tiered cache needs a tier');
    this.#tiers = tiers;
    this.#now = now;
    const shared = tiers.findLast(({ cache }) => cache.lease !== undefined)?.cache;
    if (shared?.lease !== undefined) this.lease = shared.lease.bind(shared);
    const [nearest] = tiers;
    if (nearest?.cache.peek !== undefined) this.peek = (key, onHit) => this.#peek(nearest, key, onHit);
  }

  get description(): string {
    return this.#tiers.map(({ cache }) => cache.description).join(', then ');
  }

  async get(key: CacheKey, onHit?: HitObserver): Promise<CacheEntry | undefined> {
    const reads = this.#reads.begin(key);
    try {
      const found = await this.#nearest(key);
      if (found === undefined) return undefined;
      if (found.index > 0 && !reads.isOutdated)
        this.#fill(this.#tiers.slice(0, found.index), key, found.entry);
      onHit?.(found.name);
      return found.entry;
    } finally {
      this.#reads.end(key, reads);
    }
  }

  /** What is not fresh the tiers behind may have a successor of. */
  #peek({ name, cache }: CacheTier, key: CacheKey, onHit: HitObserver | undefined): CacheEntry | undefined {
    const entry = cache.peek?.(key);
    if (entry === undefined || entry.freshUntilMs <= this.#now()) return undefined;
    onHit?.(name);
    return entry;
  }

  /** Rejects when a tier has, after all have settled. */
  async set(key: CacheKey, entry: CacheEntry, ttlMs: number): Promise<void> {
    this.#reads.outdate(key);
    await allSettled(this.#tiers, ({ cache }) => cache.set(key, entry, ttlMs));
  }

  async close(): Promise<void> {
    await allSettled(this.#tiers, ({ cache }) => cache.close());
  }

  /** Rejects when none has it and one of them has. */
  async #nearest(key: CacheKey): Promise<Found | undefined> {
    const faults: unknown[] = [];
    let found: Found | undefined;
    for (const [index, { name, cache }] of this.#tiers.entries()) {
      const entry = await getFrom(cache, key, faults);
      if (entry === undefined) continue;
      found = { index, name, entry };
      if (entry.freshUntilMs > this.#now()) break;
    }
    if (found === undefined && faults.length > 0) throw faults[0];
    return found;
  }

  /** Nobody waits for it: a tier that was not filled costs the next who asks for the entry another trip. */
  #fill(tiers: readonly CacheTier[], key: CacheKey, entry: CacheEntry): void {
    const freshMs = entry.freshUntilMs - this.#now();
    if (!(freshMs > 0)) return;
    allSettled(tiers, ({ cache }) => cache.set(key, entry, freshMs)).catch(() => undefined);
  }
}

/** What the cache rejects with, or throws, is put with the other faults. */
async function getFrom(
  cache: ThumbnailCache,
  key: CacheKey,
  faults: unknown[],
): Promise<CacheEntry | undefined> {
  try {
    return await cache.get(key);
  } catch (fault) {
    faults.push(fault);
    return undefined;
  }
}
