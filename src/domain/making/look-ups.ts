import type { ThumbnailCache } from '../../ports/thumbnail-cache.ts';
import type { CacheEntry } from '../cache/cache-entry.ts';
import { type CacheKey, FIRST_GENERATION, cacheKeyOf } from '../cache/cache-key.ts';
import type { Generations } from '../cache/generations.ts';
import type { Keyring } from '../access/keyring.ts';
import { type RequestPolicy, authorise } from '../access/request-policy.ts';
import { type SourcePolicy, checkSource } from '../access/source-policy.ts';
import type { ThumbnailRequest } from '../request/thumbnail-request.ts';

export interface LookUpsOptions {
  readonly cache: ThumbnailCache;
  readonly keyring: Keyring;
  readonly generations: Generations;
  readonly requests: RequestPolicy;
  readonly sources: SourcePolicy;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** What the cache says of a request that may be served. */
export interface LookUp {
  readonly key: CacheKey;
  /** Of the source; see `Generations`. */
  readonly generation: string;
  readonly entry: CacheEntry | undefined;
  /** Which of several caches had it. */
  readonly tier: string | undefined;
  /** How long that took, in milliseconds. */
  readonly cacheMs: number;
}

type Found = Omit<LookUp, 'cacheMs'>;
type Place = Pick<LookUp, 'key' | 'generation'>;

/** Whether a request may be served, and what the cache has of it. */
export class LookUps {
  readonly #options: LookUpsOptions;
  /**
   * Of unsigned requests that may be served, while their sender keeps them: the policies do not change while a process
   * runs, so the same object need not be checked, nor its key be computed, a second time.
   */
  readonly #openKeys = new WeakMap<ThumbnailRequest, CacheKey>();

  constructor(options: LookUpsOptions) {
    this.#options = options;
  }

  /**
   * What `of` would resolve with, at once and without a promise, where the same request was let pass before and all that it
   * takes is at hand. Undefined says nothing.
   */
  peek(request: ThumbnailRequest): LookUp | undefined {
    const key = this.#openKeys.get(request);
    // Where somebody holds a key, the generation is to be asked for.
    if (key === undefined || this.#options.keyring.peek()?.size !== 0) return undefined;
    const startedAt = performance.now();
    const found = this.#atHand(request, { key, generation: FIRST_GENERATION });
    return found && { ...found, cacheMs: performance.now() - startedAt };
  }

  /** @throws ThumbnailerError when the request may not be served */
  async of(request: ThumbnailRequest): Promise<LookUp> {
    const firstKey = this.#openKeys.get(request) ?? (await this.#admit(request));
    const startedAt = performance.now();
    // Where nobody holds a key, nothing is ever purged.
    const mayBePurged = (await this.#options.keyring.keys()).size > 0;
    const first = { key: firstKey, generation: FIRST_GENERATION };
    const { key, generation, entry, tier } = mayBePurged
      ? await this.#inCurrentGeneration(request, first)
      : (this.#atHand(request, first) ?? (await this.#ask(first)));
    return { key, generation, entry, tier, cacheMs: performance.now() - startedAt };
  }

  async #admit(request: ThumbnailRequest): Promise<CacheKey> {
    const { requests, sources, keyring, now } = this.#options;
    await authorise(request, requests, keyring, now());
    checkSource(request.source, sources);
    const key = cacheKeyOf(request);
    // A signature has its own time, and its key may be withdrawn.
    if (request.signature === undefined) this.#openKeys.set(request, key);
    return key;
  }

  /**
   * Entry and generation are asked for at once, one trip to a cache that is far away; a second one follows only after a
   * purge.
   */
  async #inCurrentGeneration(request: ThumbnailRequest, first: Place): Promise<Found> {
    const { generations } = this.#options;
    const placeIn = (generation: string) =>
      generation === first.generation ? first : { key: cacheKeyOf(request, generation), generation };
    const guess = generations.lastKnown(request.source);
    const [found, generation] = await Promise.all([
      this.#find(request, placeIn(guess)),
      generations.current(request.source),
    ]);
    return generation === guess ? found : this.#find(request, placeIn(generation));
  }

  async #find(request: ThumbnailRequest, place: Place): Promise<Found> {
    return this.#atHand(request, place) ?? this.#ask(place);
  }

  /** What can be said without waiting. */
  #atHand(request: ThumbnailRequest, { key, generation }: Place): Found | undefined {
    if (request.refresh === true) return { key, generation, entry: undefined, tier: undefined };
    let tier: string | undefined;
    const entry = this.#options.cache.getSync?.(key, (name) => (tier = name));
    return entry && { key, generation, entry, tier };
  }

  async #ask({ key, generation }: Place): Promise<Found> {
    let tier: string | undefined;
    const entry = await this.#options.cache.get(key, (name) => (tier = name));
    return { key, generation, entry, tier };
  }
}
