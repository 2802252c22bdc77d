import type { CacheEntry } from '../../../domain/cache/cache-entry.ts';
import type { CacheKey } from '../../../domain/cache/cache-key.ts';
import type { CacheEntryPair, HitObserver, ThumbnailCache } from '../../../ports/thumbnail-cache.ts';
import { CacheDecorator } from '../cache-decorator.ts';
import { allSettled } from './all-settled.ts';
import { OngoingReads } from './ongoing-reads.ts';

export interface TieredThumbnailCacheOptions {
  /** Nearest first, at least one. */
  readonly tiers: readonly ThumbnailCache[];
  /** Unix milliseconds. */
  readonly now?: () => number;
}

interface Found {
  readonly index: number;
  /** Which cache had the entry, as that says itself. */
  readonly name: string | undefined;
  readonly entry: CacheEntry;
}

/**
 * Several caches as one. The nearest that has a fresh entry answers, else the furthest that has a stale one: more
 * processes share that one and may have brought it up to date. Nearer tiers are filled on the way back. An entry is
 * stored in all tiers. A tier that fails is passed over: an operation rejects only when that left it without a result.
 *
 * A nearer tier is filled for as long as the entry is fresh, which a cache is at most told to keep it. What is no longer
 * fresh stays where it is, so that its successor is seen as soon as there is one.
 */
export class TieredThumbnailCache extends CacheDecorator {
  /** What is not fresh in the nearest tier is for the tiers behind it to say. */
  override readonly isLocal = false;
  readonly #tiers: readonly ThumbnailCache[];
  readonly #now: () => number;
  readonly #reads = new OngoingReads<CacheKey>();

  constructor({ tiers, now = Date.now }: TieredThumbnailCacheOptions) {
    const [nearest] = tiers;
    if (nearest === undefined) throw new Error('a tiered cache needs a tier');
    // Most processes share the furthest tier that has leases.
    super(
      nearest,
      tiers.findLast((tier) => tier.lease !== undefined),
    );
    this.#tiers = tiers;
    this.#now = now;
  }

  override get description(): string {
    return this.#tiers.map(({ description }) => description).join(', then ');
  }

  override async get(key: CacheKey, onHit?: HitObserver): Promise<CacheEntry | undefined> {
    const reads = this.#reads.begin(key);
    try {
      const found = await this.#nearest(key);
      if (found === undefined) return undefined;
      if (found.index > 0 && !reads.isOutdated)
        this.#fill(this.#tiers.slice(0, found.index), key, found.entry);
      if (found.name !== undefined) onHit?.(found.name);
      return found.entry;
    } finally {
      this.#reads.end(key, reads);
    }
  }

  /** Each tier is asked for what those before it do not have, and that differs between the two. */
  protected override readPair(
    key: CacheKey,
    rareKey: CacheKey,
    onHit?: HitObserver,
  ): Promise<CacheEntryPair> {
    return Promise.all([this.get(key, onHit), this.get(rareKey)]);
  }

  /** An entry that is not fresh may have a successor in the tiers behind. */
  protected override readSync(key: CacheKey, onHit?: HitObserver): CacheEntry | undefined {
    let name: string | undefined;
    const entry = super.readSync(key, (tier) => (name = tier));
    if (entry === undefined || entry.freshUntilMs <= this.#now()) return undefined;
    if (name !== undefined) onHit?.(name);
    return entry;
  }

  /** Rejects when a tier has, after all have settled. */
  override async set(key: CacheKey, entry: CacheEntry, ttlMs: number): Promise<void> {
    this.#reads.outdate(key);
    await allSettled(this.#tiers, (cache) => cache.set(key, entry, ttlMs));
  }

  override async close(): Promise<void> {
    await allSettled(this.#tiers, (cache) => cache.close());
  }

  /** Rejects when none has it and one of them has. */
  async #nearest(key: CacheKey): Promise<Found | undefined> {
    const errors: unknown[] = [];
    let found: Found | undefined;
    for (const [index, cache] of this.#tiers.entries()) {
      let name: string | undefined;
      const entry = await getFrom(cache, key, (tier) => (name = tier), errors);
      if (entry === undefined) continue;
      found = { index, name, entry };
      if (entry.freshUntilMs > this.#now()) break;
    }
    if (found === undefined && errors.length > 0) throw errors[0];
    return found;
  }

  /** Nobody waits for it: a tier that was not filled costs the next who asks for the entry another trip. */
  #fill(tiers: readonly ThumbnailCache[], key: CacheKey, entry: CacheEntry): void {
    const freshMs = entry.freshUntilMs - this.#now();
    if (!(freshMs > 0)) return;
    allSettled(tiers, (cache) => cache.set(key, entry, freshMs)).catch(() => undefined);
  }
}

/** What the cache rejects with, or throws, is put with the other errors. */
async function getFrom(
  cache: ThumbnailCache,
  key: CacheKey,
  onHit: HitObserver,
  errors: unknown[],
): Promise<CacheEntry | undefined> {
  try {
    return await cache.get(key, onHit);
  } catch (error) {
    errors.push(error);
    return undefined;
  }
}
