import type { CacheKey } from '../../../domain/cache/cache-key.ts';

/** A page shows what another process has made again within two seconds. */
const CONFIRMED_MS = 1000;

/** One that is forgotten costs a trip. */
const MAX_KEYS = 10_000;

/** The keys whose entries in the nearest tier were compared with those of the tiers behind it just now. */
export class ConfirmedKeys {
  readonly #now: () => number;
  readonly #confirmedAtMs = new Map<CacheKey, number>();

  /** @param now milliseconds of any clock */
  constructor(now: () => number) {
    this.#now = now;
  }

  has(key: CacheKey): boolean {
    const confirmedAtMs = this.#confirmedAtMs.get(key);
    return confirmedAtMs !== undefined && Math.abs(this.#now() - confirmedAtMs) < CONFIRMED_MS;
  }

  delete(key: CacheKey): void {
    this.#confirmedAtMs.delete(key);
  }

  add(key: CacheKey): void {
    this.#confirmedAtMs.delete(key);
    this.#confirmedAtMs.set(key, this.#now());
    if (this.#confirmedAtMs.size <= MAX_KEYS) return;
    const [oldest] = this.#confirmedAtMs.keys();
    if (oldest !== undefined) this.#confirmedAtMs.delete(oldest);
  }
}
