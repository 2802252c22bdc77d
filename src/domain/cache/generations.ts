import { randomBytes } from 'node:crypto';
import type { ThumbnailCache } from '../../ports/thumbnail-cache.ts';
import type { CacheEntry } from './cache-entry.ts';
import { type CacheKey, FIRST_GENERATION, generationKeyOf } from './cache-key.ts';

export interface GenerationsOptions {
  readonly cache: ThumbnailCache;
  /** Milliseconds that no entry outlives. */
  readonly retentionMs: number;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** How many sources' generations are remembered; one that is forgotten costs another trip to the cache. */
const REMEMBERED = 10_000;

/**
 * The key of every thumbnail has the generation of its source in it. So one small write forgets a source in all its sizes
 * and formats, in all caches, for all processes that share one: the old thumbnails are still there, but nobody asks
 * for them any more.
 */
export class Generations {
  readonly #options: GenerationsOptions;
  readonly #lastKnown = new Map<CacheKey, string>();

  constructor(options: GenerationsOptions) {
    this.#options = options;
  }

  /**
   * The generation when it was last asked for, which nearly always is the current one.
   *
   * @param key see `generationKeyOf`
   */
  lastKnown(key: CacheKey): string {
    return this.#lastKnown.get(key) ?? FIRST_GENERATION;
  }

  /**
   * At once where all of the cache is in this process's memory.
   *
   * @param key see `generationKeyOf`
   */
  current(key: CacheKey): string | Promise<string> {
    const { cache } = this.#options;
    if (cache.isLocal === true && cache.getSync !== undefined) return generationIn(cache.getSync(key));
    return cache.get(key).then((entry) => this.learn(key, entry));
  }

  /** The generation that this entry is; the first one where there is none. */
  learn(key: CacheKey, entry: CacheEntry | undefined): string {
    const generation = generationIn(entry);
    this.#remember(key, generation);
    return generation;
  }

  /** Everything made of the source until now is forgotten when this resolves. */
  async begin(sourceName: string): Promise<void> {
    const { cache, now, retentionMs } = this.#options;
    const generation = randomBytes(9).toString('base64url');
    // Never fresh: of several caches the furthest, which all processes share, is then asked each time.
    const entry = { kind: 'generation', generation, createdAtMs: now(), freshUntilMs: 0 } as const;
    await cache.set(generationKeyOf(sourceName), entry, retentionMs);
  }

  /** Most sources are never purged, and need no place. */
  #remember(key: CacheKey, generation: string): void {
    this.#lastKnown.delete(key);
    if (generation === FIRST_GENERATION) return;
    this.#lastKnown.set(key, generation);
    const [oldest] = this.#lastKnown.keys();
    if (this.#lastKnown.size > REMEMBERED && oldest !== undefined) this.#lastKnown.delete(oldest);
  }
}

function generationIn(entry: CacheEntry | undefined): string {
  return entry?.kind === 'generation' ? entry.generation : FIRST_GENERATION;
}
