import type { CacheKey } from '../../domain/cache-key.ts';
import type { CacheEntry } from '../../domain/thumbnail.ts';
import type { ThumbnailCache } from '../../ports/thumbnail-cache.ts';

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

type Operation = 'get' | 'set' | 'close';

const DEADLINE_MS = 250;
const CALM_MS = 5000;

/**
 * Never fails: a `get` that the wrapped cache rejects is a miss, and a `set` or `close` that it rejects is done. A
 * thumbnail service without its cache is slower, not broken.
 */
export class TolerantThumbnailCache implements ThumbnailCache {
  readonly #options: Required<TolerantThumbnailCacheOptions>;
  #failures = 0;
  #lastFailureAtMs = 0;

  constructor(options: TolerantThumbnailCacheOptions) {
    this.#options = { deadlineMs: DEADLINE_MS, calmMs: CALM_MS, now: () => performance.now(), ...options };
  }

  get description(): string {
    return this.#options.cache.description;
  }

  get(key: CacheKey): Promise<CacheEntry | undefined> {
    return this.#tolerate('get', (cache) => cache.get(key));
  }

  set(key: CacheKey, entry: CacheEntry, ttlMs: number): Promise<void> {
    return this.#tolerate('set', (cache) => cache.set(key, entry, ttlMs));
  }

  close(): Promise<void> {
    return this.#tolerate('close', (cache) => cache.close());
  }

  async #tolerate<T>(
    operation: Operation,
    perform: (cache: ThumbnailCache) => Promise<T>,
  ): Promise<T | undefined> {
    const { cache, deadlineMs } = this.#options;
    try {
      const result = await within(deadlineMs, perform(cache));
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

/** The promise, or a rejection once the time is over and what has arrived by then has been read. */
async function within<T>(deadlineMs: number, promise: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  let lastLook: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => {
    // In a loop that was held up, timers come before the sockets whose answer is there already.
    lastLook = setImmediate(() => late.reject(new Error(`did not settle within ${deadlineMs} ms`)));
  }, deadlineMs);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
    clearImmediate(lastLook);
  }
}
