import type { CacheEntry } from '../../../domain/cache/cache-entry.ts';
import type { CacheKey } from '../../../domain/cache/cache-key.ts';
import type { OperationObserver } from '../../../ports/operation-observer.ts';
import type {
  CacheEntryPair,
  HitObserver,
  Lease,
  PublishMode,
  ThumbnailCache,
} from '../../../ports/thumbnail-cache.ts';
import { CacheDecorator } from '../cache-decorator.ts';
import { observed } from './observed.ts';

export interface ObservedThumbnailCacheOptions {
  readonly cache: ThumbnailCache;
  /** The cache's short name, for the observer and for `onHit`: the configuration's word, `memory`. */
  readonly tier: string;
  /** Missing where nobody measures. */
  readonly observe?: OperationObserver | undefined;
}

const IGNORE: OperationObserver = () => () => undefined;

/** Names a cache: tells an observer what is asked of it, and each reader whose hit it was. */
export class ObservedThumbnailCache extends CacheDecorator {
  readonly #tier: string;
  readonly #observe: OperationObserver;

  constructor({ cache, tier, observe = IGNORE }: ObservedThumbnailCacheOptions) {
    super(cache);
    this.#tier = tier;
    this.#observe = observe;
  }

  override async get(key: CacheKey, onHit?: HitObserver): Promise<CacheEntry | undefined> {
    const entry = await observed(
      this.#observe,
      { name: 'cache get', tier: this.#tier },
      () => this.cache.get(key),
      { outcomeOf: (found) => ({ result: found === undefined ? 'miss' : 'hit' }) },
    );
    if (entry !== undefined) onHit?.(this.#tier);
    return entry;
  }

  /** One trip, and so one operation: whether there is the published entry is no hit and no miss. */
  protected override async readPair(
    key: CacheKey,
    publishedKey: CacheKey,
    onHit?: HitObserver,
  ): Promise<CacheEntryPair> {
    const pair = await observed(
      this.#observe,
      { name: 'cache get', tier: this.#tier },
      () => super.readPair(key, publishedKey),
      { outcomeOf: ([entry]) => ({ result: entry === undefined ? 'miss' : 'hit' }) },
    );
    if (pair[0] !== undefined) onHit?.(this.#tier);
    return pair;
  }

  override set(key: CacheKey, entry: CacheEntry, ttlMs: number): Promise<boolean | undefined> {
    return observed(this.#observe, { name: 'cache set', tier: this.#tier }, () =>
      super.set(key, entry, ttlMs),
    );
  }

  override publish(key: CacheKey, entry: CacheEntry, ttlMs: number, mode: PublishMode): Promise<boolean> {
    return observed(this.#observe, { name: 'cache set', tier: this.#tier }, () =>
      super.publish(key, entry, ttlMs, mode),
    );
  }

  protected override grantLease(key: CacheKey, ttlMs: number): Promise<Lease | undefined> {
    return observed(this.#observe, { name: 'cache lease', tier: this.#tier }, () =>
      super.grantLease(key, ttlMs),
    );
  }

  /** A `get` follows where it finds nothing, and is observed: told of both, an observer would count two look-ups. */
  protected override readSync(key: CacheKey, onHit?: HitObserver): CacheEntry | undefined {
    const entry = super.readSync(key);
    // A generation, which is looked at for each thumbnail, is no hit either.
    if (entry === undefined || entry.kind === 'generation') return entry;
    // It began and ended just now: what takes no time needs no beginning.
    this.#observe({ name: 'cache get', tier: this.#tier })({ result: 'hit' });
    onHit?.(this.#tier);
    return entry;
  }
}
