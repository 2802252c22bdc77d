import type { CacheKey } from '../../../domain/cache/cache-key.ts';
import type { CacheEntry } from '../../../domain/cache/cache-entry.ts';
import {
  type HitObserver,
  type Lease,
  type ThumbnailCache,
  UNSHARED_LEASE,
} from '../../../ports/thumbnail-cache.ts';
import { Deadlines } from '../../remote-server/deadlines.ts';
import { within } from './within.ts';

export interface TolerantThumbnailCacheOptions {
  readonly cache: ThumbnailCache;
  /** Told when the cache begins to fail and when it has recovered. What it throws is dropped. */
  readonly onChange: (change: CacheChange) => void;
  /**
   * How long an operation may take, in milliseconds, should the cache break its promise to settle. Above every
   * backend's own deadline, which says more about what happened.
   */
  readonly deadlineMs?: number;
  /** Successes count as recovery once nothing has failed for so many milliseconds. */
  readonly calmMs?: number;
  /** Milliseconds of any monotonic clock. */
  readonly now?: () => number;
}

/** One line for the log, however many requests an outage meets. */
export type CacheChange =
  | { readonly cache: string; readonly state: 'down'; readonly operation: Operation; readonly error: unknown }
  | { readonly cache: string; readonly state: 'up'; readonly failures: number };

type Operation = 'get' | 'peek' | 'set' | 'lease' | 'release' | 'close';

const DEADLINE_MS = 250;
const CALM_MS = 5000;

/**
 * Never fails: a `get` that the wrapped cache rejects is a miss, a `set`, `release` or `close` that it rejects is done,
 * and a lease that it cannot grant everyone has. A thumbnail service without its cache is slower, not broken.
 */
export class TolerantThumbnailCache implements ThumbnailCache {
  /** Only where the wrapped cache has leases. */
  readonly lease?: NonNullable<ThumbnailCache['lease']>;
  /** Only where the wrapped cache has it. */
  readonly peek?: NonNullable<ThumbnailCache['peek']>;
  readonly #options: Required<TolerantThumbnailCacheOptions>;
  readonly #deadlines: Deadlines;
  #failures = 0;
  #lastFailureAtMs = 0;

  constructor(options: TolerantThumbnailCacheOptions) {
    this.#options = { deadlineMs: DEADLINE_MS, calmMs: CALM_MS, now: () => performance.now(), ...options };
    this.#deadlines = new Deadlines(
      this.#options.deadlineMs,
      (length) => `did not settle within ${length} ms`,
    );
    if (options.cache.lease !== undefined) this.lease = (key, ttlMs) => this.#lease(key, ttlMs);
    if (options.cache.peek !== undefined) this.peek = (key, onHit) => this.#peek(key, onHit);
  }

  get description(): string {
    return this.#options.cache.description;
  }

  get(key: CacheKey, onHit?: HitObserver): Promise<CacheEntry | undefined> {
    return this.#tolerate('get', (cache) => cache.get(key, onHit));
  }

  set(key: CacheKey, entry: CacheEntry, ttlMs: number): Promise<void> {
    return this.#tolerate('set', (cache) => cache.set(key, entry, ttlMs));
  }

  close(): Promise<void> {
    return this.#tolerate('close', (cache) => cache.close());
  }

  /** One that fails says nothing, as one that has nothing at hand. */
  #peek(key: CacheKey, onHit: HitObserver | undefined): CacheEntry | undefined {
    try {
      return this.#options.cache.peek?.(key, onHit);
    } catch (error) {
      this.#failed('peek', error);
      return undefined;
    }
  }

  async #lease(key: CacheKey, ttlMs: number): Promise<Lease | undefined> {
    const answer = await this.#tolerate('lease', async (cache) => ({
      lease: await cache.lease?.(key, ttlMs),
    }));
    if (answer === undefined) return UNSHARED_LEASE;
    const { lease } = answer;
    return lease && { release: () => this.#tolerate('release', () => lease.release()) };
  }

  async #tolerate<T>(
    operation: Operation,
    perform: (cache: ThumbnailCache) => Promise<T>,
  ): Promise<T | undefined> {
    try {
      const result = await within(this.#deadlines, perform(this.#options.cache));
      this.#succeeded();
      return result;
    } catch (error) {
      this.#failed(operation, error);
      return undefined;
    }
  }

  #failed(operation: Operation, error: unknown): void {
    this.#lastFailureAtMs = this.#options.now();
    this.#failures += 1;
    if (this.#failures === 1) this.#report({ cache: this.description, state: 'down', operation, error });
  }

  #succeeded(): void {
    if (this.#failures === 0 || this.#options.now() - this.#lastFailureAtMs < this.#options.calmMs) return;
    const failures = this.#failures;
    this.#failures = 0;
    this.#report({ cache: this.description, state: 'up', failures });
  }

  #report(change: CacheChange): void {
    try {
      this.#options.onChange(change);
    } catch {
      // A listener's defect must not cost anyone a thumbnail either, and there is nobody left to tell.
    }
  }
}
