import { type CacheEntry, UNKEPT_MS } from '../../../domain/cache/cache-entry.ts';
import type { CacheKey } from '../../../domain/cache/cache-key.ts';
import { getPublished, publish } from '../../../domain/cache/publishing.ts';
import type {
  CacheEntryPair,
  HitObserver,
  Lease,
  PublishMode,
  ThumbnailCache,
} from '../../../ports/thumbnail-cache.ts';
import { CacheDecorator } from '../cache-decorator.ts';
import { allSettled } from './all-settled.ts';
import { ConfirmedKeys } from './confirmed-keys.ts';
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
  /** Unix milliseconds until which a nearer tier is to have it: it is fresh until then, or what is there is. */
  readonly neededUntilMs: number;
}

/**
 * Several caches as one. The nearest that has a fresh entry answers, but asks those behind it once a second whether they
 * have a newer one, which another process may have made; among entries that are not fresh the newest counts. Nearer tiers
 * are filled on the way back. An entry is stored in all tiers. What is published is in one of them alone: the furthest
 * that other processes may share. A tier that fails is passed over: an operation rejects only when that left it without a
 * result.
 *
 * A nearer tier is filled for as long as the entry is fresh, which a cache is at most told to keep it. What is no longer
 * fresh stays where it is, so that its successor is seen as soon as there is one, unless it takes the place of an older one
 * that says that it is fresh.
 */
export class TieredThumbnailCache extends CacheDecorator {
  /** What is not fresh in the nearest tier is for the tiers behind it to say. */
  override readonly isLocal = false;
  readonly #tiers: readonly ThumbnailCache[];
  readonly #authority: ThumbnailCache;
  /** Where the tier is that grants leases; -1 where none does. */
  readonly #leasingAt: number;
  readonly #now: () => number;
  readonly #confirmed: ConfirmedKeys;
  readonly #reads = new OngoingReads<CacheKey>();

  constructor({ tiers, now = Date.now }: TieredThumbnailCacheOptions) {
    const [nearest] = tiers;
    if (nearest === undefined) throw new Error('a tiered cache needs a tier');
    // Most processes share the furthest tier that has leases.
    const leasingAt = tiers.findLastIndex((tier) => tier.lease !== undefined);
    super(nearest, tiers[leasingAt]);
    this.#tiers = tiers;
    this.#leasingAt = leasingAt;
    this.#authority = tiers.findLast((tier) => tier.isLocal !== true) ?? nearest;
    this.#now = now;
    this.#confirmed = new ConfirmedKeys(now);
  }

  override get description(): string {
    return this.#tiers.map(({ description }) => description).join(', then ');
  }

  override async get(key: CacheKey, onHit?: HitObserver): Promise<CacheEntry | undefined> {
    const reads = this.#reads.begin(key);
    try {
      const found = await this.#nearest(key);
      if (found === undefined) return undefined;
      if (found.index > 0 && !reads.isOutdated) this.#fill(this.#tiers.slice(0, found.index), key, found);
      if (found.name !== undefined) onHit?.(found.name);
      return found.entry;
    } finally {
      this.#reads.end(key, reads);
    }
  }

  override publish(key: CacheKey, entry: CacheEntry, ttlMs: number, mode: PublishMode): Promise<boolean> {
    return publish(this.#authority, key, entry, ttlMs, mode);
  }

  override getPublished(key: CacheKey): Promise<CacheEntry | undefined> {
    return getPublished(this.#authority, key);
  }

  /** After a purge, a nearer tier may still have what was made before, while one behind it has what was made since. */
  override readonly getPair = async (
    key: CacheKey,
    publishedKey: CacheKey,
    onHit?: HitObserver,
  ): Promise<CacheEntryPair> => {
    let name: string | undefined;
    const noteHit = (tier: string) => (name = tier);
    const [first, published] = await Promise.all([
      this.get(key, noteHit),
      // An entry that cannot be proven current is none.
      this.getPublished(publishedKey).catch(() => undefined),
    ]);
    const isOutdated =
      first !== undefined && published !== undefined && first.generation !== published.generation;
    if (isOutdated) this.#confirmed.delete(key);
    const entry = isOutdated ? await this.get(key, noteHit) : first;
    if (entry !== undefined && name !== undefined) onHit?.(name);
    return [entry, published];
  };

  /** Who wants to be first wants to know what another has made last, too. */
  protected override grantLease(key: CacheKey, ttlMs: number): Promise<Lease | undefined> {
    this.#confirmed.delete(key);
    return super.grantLease(key, ttlMs);
  }

  /** Any other entry may have a successor in the tiers behind. */
  protected override readSync(key: CacheKey, onHit?: HitObserver): CacheEntry | undefined {
    let name: string | undefined;
    const entry = super.readSync(key, (tier) => (name = tier));
    if (entry === undefined || entry.freshUntilMs <= this.#now() || !this.#confirmed.has(key))
      return undefined;
    if (name !== undefined) onHit?.(name);
    return entry;
  }

  /** Rejects when a tier has, after all have settled. Resolves with true where one keeps it, with false where none does. */
  override async set(key: CacheKey, entry: CacheEntry, ttlMs: number): Promise<boolean | undefined> {
    this.#reads.outdate(key);
    const outcomes = await allSettled(this.#tiers, (cache) => cache.set(key, entry, ttlMs));
    this.#confirmed.add(key);
    if (!outcomes.includes(true)) return outcomes.includes(undefined) ? undefined : false;
    if (outcomes.slice(this.#leasingAt).every((isKept) => isKept === false)) this.#noteUnkept(key, entry);
    return true;
  }

  override async close(): Promise<void> {
    await allSettled(this.#tiers, (cache) => cache.close());
  }

  /** Rejects when none has it and one of them has. */
  async #nearest(key: CacheKey): Promise<Found | undefined> {
    const errors: unknown[] = [];
    const isConfirmed = this.#confirmed.has(key);
    let found: Found | undefined;
    for (const [index, cache] of this.#tiers.entries()) {
      let name: string | undefined;
      const entry = await getFrom(cache, key, (tier) => (name = tier), errors);
      if (entry === undefined) continue;
      if (found === undefined || isNewer(entry, found.entry, this.#now())) {
        const neededUntilMs = Math.max(entry.freshUntilMs, found?.neededUntilMs ?? 0);
        found = { index, name, entry, neededUntilMs };
      }
      if (isConfirmed && entry.freshUntilMs > this.#now()) break;
    }
    if (found === undefined && errors.length > 0) throw errors[0];
    if (found !== undefined && !isConfirmed) this.#confirmed.add(key);
    return found;
  }

  /**
   * Says, where the leases are, that the entry does not come there: processes that wait for it would make it one after
   * another. The note is as old as can be, so that it is in the way of no entry in a nearer tier.
   */
  #noteUnkept(key: CacheKey, { generation }: CacheEntry): void {
    const leasing = this.#tiers.slice(this.#leasingAt, this.#leasingAt + 1);
    const freshUntilMs = this.#now() + UNKEPT_MS;
    const note = { kind: 'unkept', generation, createdAtMs: 0, freshUntilMs } as const;
    allSettled(leasing, (cache) => cache.set(key, note, UNKEPT_MS)).catch(() => undefined);
  }

  /** Nobody waits for it: a tier that was not filled costs the next who asks for the entry another trip. */
  #fill(tiers: readonly ThumbnailCache[], key: CacheKey, { entry, neededUntilMs }: Found): void {
    const neededMs = neededUntilMs - this.#now();
    if (!(neededMs > 0)) return;
    allSettled(tiers, (cache) => cache.set(key, entry, neededMs)).catch(() => undefined);
  }
}

/** Of two that are as old as one another a fresh one is to be served from near by; else the further one may be shared. */
function isNewer(entry: CacheEntry, nearer: CacheEntry, nowMs: number): boolean {
  if (entry.createdAtMs !== nearer.createdAtMs) return entry.createdAtMs > nearer.createdAtMs;
  return nearer.freshUntilMs <= nowMs;
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
