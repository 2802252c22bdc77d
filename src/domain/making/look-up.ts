import type { ThumbnailCache } from '../../ports/thumbnail-cache.ts';
import type { CacheEntry } from '../cache/cache-entry.ts';
import {
  type CacheKey,
  FIRST_GENERATION,
  type RequestKeys,
  cacheKeyOf,
  generationKeyOf,
} from '../cache/cache-key.ts';
import type { AnswerEntry } from '../cache/entry-bounds.ts';
import type { Generations } from '../cache/generations.ts';
import type { Spec } from '../request/source-request.ts';

/** What the cache says of a thumbnail. */
export interface LookUp {
  readonly key: CacheKey;
  /** Of the source; see `Generations`. */
  readonly generation: string;
  readonly entry: AnswerEntry | undefined;
  /** Which of several caches had it. */
  readonly tier: string | undefined;
  /** How long that took, in milliseconds. */
  readonly cacheMs: number;
}

type Found = Omit<LookUp, 'cacheMs'>;
type Place = Pick<LookUp, 'key' | 'generation'>;

export interface CacheLookUpOptions {
  readonly cache: ThumbnailCache;
  readonly generations: Generations;
  /** What is taken of an entry that the cache has; see `boundedEntry`. */
  readonly bounded: (entry: CacheEntry | undefined) => AnswerEntry | undefined;
}

/** What is looked for. */
export interface Wanted {
  /** See `OpenSource`. */
  readonly sourceName: string;
  readonly spec: Spec;
  /** Whether the source may have been purged: only an address can be, and only where somebody holds a key. */
  readonly mayBePurged: boolean;
  /** Where they are known already. */
  readonly keys?: RequestKeys | undefined;
}

/** Asks the cache for a thumbnail in its source's current generation. */
export class CacheLookUp {
  readonly #options: CacheLookUpOptions;

  constructor(options: CacheLookUpOptions) {
    this.#options = options;
  }

  /** Without a promise where this process's own memory has the answer. */
  find(wanted: Wanted): LookUp | Promise<LookUp> {
    const startedAt = performance.now();
    const found = wanted.mayBePurged ? this.#inCurrentGeneration(wanted) : this.#find(firstPlace(wanted));
    if (found instanceof Promise) {
      return found.then((late) => ({ ...late, cacheMs: performance.now() - startedAt }));
    }
    return { ...found, cacheMs: performance.now() - startedAt };
  }

  /** Without a promise where the cache is in this process's memory. */
  #inCurrentGeneration(wanted: Wanted): Found | Promise<Found> {
    const { cache, generations } = this.#options;
    const generationKey = wanted.keys?.generation ?? generationKeyOf(wanted.sourceName);
    const guess = generations.lastKnown(generationKey);
    if (cache.getPair !== undefined) return this.#findPair(guess, generationKey, wanted);
    const current = generations.current(generationKey);
    if (typeof current === 'string') return this.#find(placeIn(current, wanted));
    return this.#findBeside(current, guess, wanted);
  }

  /** Entry and generation are asked for in one trip; a second one follows only after a purge. */
  async #findPair(guess: string, generationKey: CacheKey, wanted: Wanted): Promise<Found> {
    const { cache, generations, bounded } = this.#options;
    const place = placeIn(guess, wanted);
    let tier: string | undefined;
    const pair = await cache.getPair?.(place.key, generationKey, (name) => (tier = name));
    const generation = generations.learn(generationKey, pair?.[1]);
    return generation === guess
      ? { ...place, entry: bounded(pair?.[0]), tier }
      : this.#find(placeIn(generation, wanted));
  }

  /** As `#findPair`, of a cache that cannot be asked for both: they are asked for at once. */
  async #findBeside(current: Promise<string>, guess: string, wanted: Wanted): Promise<Found> {
    const [found, generation] = await Promise.all([this.#find(placeIn(guess, wanted)), current]);
    return generation === guess ? found : this.#find(placeIn(generation, wanted));
  }

  #find(place: Place): Found | Promise<Found> {
    const { cache, bounded } = this.#options;
    let tier: string | undefined;
    const onHit = (name: string) => (tier = name);
    const atOnce = bounded(cache.getSync?.(place.key, onHit));
    if (atOnce !== undefined) return { ...place, entry: atOnce, tier };
    return cache.get(place.key, onHit).then((entry) => ({ ...place, entry: bounded(entry), tier }));
  }
}

function placeIn(generation: string, wanted: Wanted): Place {
  if (generation === FIRST_GENERATION) return firstPlace(wanted);
  return { key: cacheKeyOf(wanted.sourceName, wanted.spec, generation), generation };
}

function firstPlace({ keys, sourceName, spec }: Wanted): Place {
  return { key: keys?.thumbnail ?? cacheKeyOf(sourceName, spec), generation: FIRST_GENERATION };
}
