import type { CacheEntry } from '../../../domain/cache/cache-entry.ts';
import type { CacheKey } from '../../../domain/cache/cache-key.ts';
import {
  type CacheEntryPair,
  type HitObserver,
  type Lease,
  type PublishMode,
  type ThumbnailCache,
  UNSHARED_LEASE,
} from '../../../ports/thumbnail-cache.ts';
import { Deadlines } from '../../remote-server/deadlines.ts';
import { CacheDecorator } from '../cache-decorator.ts';
import { within } from './within.ts';

export interface TolerantThumbnailCacheOptions {
  readonly cache: ThumbnailCache;
  /** Told when the cache begins to fail and when it has recovered. What it throws is dropped. */
  readonly onChange: (change: CacheChange) => void;
  /** Told of each failure. What it throws is dropped. */
  readonly onFailure?: ((error: unknown) => void) | undefined;
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

type Operation = 'get' | 'getSync' | 'set' | 'publish' | 'lease' | 'renew' | 'release' | 'close';

const DEADLINE_MS = 250;
const CALM_MS = 5000;

/**
 * Does not fail: a `get` that the wrapped cache rejects is a miss, a `set` that it rejects says nothing, a `release` or
 * `close` is done, and a lease that it cannot grant everyone has. A thumbnail service without its cache is slower, not
 * broken. Only `publish` and `getPublished` reject: the one promises something, and that the other has found nothing says
 * that there is nothing.
 */
export class TolerantThumbnailCache extends CacheDecorator {
  readonly #options: Required<Omit<TolerantThumbnailCacheOptions, 'cache'>>;
  readonly #deadlines: Deadlines;
  #failures = 0;
  #lastFailureAtMs = 0;

  constructor({ cache, ...options }: TolerantThumbnailCacheOptions) {
    super(cache);
    const defaults = { deadlineMs: DEADLINE_MS, calmMs: CALM_MS, now: () => performance.now() };
    this.#options = { ...defaults, onFailure: undefined, ...options };
    this.#deadlines = new Deadlines(
      this.#options.deadlineMs,
      (length) => `did not settle within ${length} ms`,
    );
  }

  override get(key: CacheKey, onHit?: HitObserver): Promise<CacheEntry | undefined> {
    return this.#tolerate('get', () => super.get(key, onHit));
  }

  protected override async readPair(
    key: CacheKey,
    publishedKey: CacheKey,
    onHit?: HitObserver,
  ): Promise<CacheEntryPair> {
    const pair = await this.#tolerate('get', () => super.readPair(key, publishedKey, onHit));
    return pair ?? [undefined, undefined];
  }

  override set(key: CacheKey, entry: CacheEntry, ttlMs: number): Promise<boolean | undefined> {
    return this.#tolerate('set', async () => (await super.set(key, entry, ttlMs)) !== false);
  }

  override publish(key: CacheKey, entry: CacheEntry, ttlMs: number, mode: PublishMode): Promise<boolean> {
    return this.#attempt('publish', () => super.publish(key, entry, ttlMs, mode));
  }

  override getPublished(key: CacheKey): Promise<CacheEntry | undefined> {
    return this.#attempt('get', () => super.getPublished(key));
  }

  override close(): Promise<void> {
    return this.#tolerate('close', () => super.close());
  }

  protected override async grantLease(key: CacheKey, ttlMs: number): Promise<Lease | undefined> {
    const answer = await this.#tolerate('lease', async () => ({ lease: await super.grantLease(key, ttlMs) }));
    if (answer === undefined) return UNSHARED_LEASE;
    const { lease } = answer;
    return (
      lease && {
        release: () => this.#tolerate('release', () => lease.release()),
        ...(lease.renew && {
          renew: (forMs) => this.#attempt('renew', async () => lease.renew?.(forMs) ?? false),
        }),
      }
    );
  }

  protected override readSync(key: CacheKey, onHit?: HitObserver): CacheEntry | undefined {
    try {
      return super.readSync(key, onHit);
    } catch (error) {
      this.#failed('getSync', error);
      return undefined;
    }
  }

  async #tolerate<T>(operation: Operation, perform: () => Promise<T>): Promise<T | undefined> {
    try {
      return await this.#attempt(operation, perform);
    } catch {
      return undefined;
    }
  }

  async #attempt<T>(operation: Operation, perform: () => Promise<T>): Promise<T> {
    try {
      const result = await within(this.#deadlines, perform());
      this.#succeeded();
      return result;
    } catch (error) {
      this.#failed(operation, error);
      throw error;
    }
  }

  #failed(operation: Operation, error: unknown): void {
    this.#lastFailureAtMs = this.#options.now();
    this.#failures += 1;
    this.#tell(() => this.#options.onFailure?.(error));
    if (this.#failures === 1) this.#report({ cache: this.description, state: 'down', operation, error });
  }

  #succeeded(): void {
    if (this.#failures === 0 || this.#options.now() - this.#lastFailureAtMs < this.#options.calmMs) return;
    const failures = this.#failures;
    this.#failures = 0;
    this.#report({ cache: this.description, state: 'up', failures });
  }

  #report(change: CacheChange): void {
    this.#tell(() => this.#options.onChange(change));
  }

  #tell(listener: () => void): void {
    try {
      listener();
    } catch {
      // A listener that throws must not cost a thumbnail either, and nobody is left to tell.
    }
  }
}
