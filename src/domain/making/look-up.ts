import type { ThumbnailCache } from '../../ports/thumbnail-cache.ts';
import type { CacheEntry } from '../cache/cache-entry.ts';
import type { RequestKeys } from '../cache/cache-key.ts';
import type { AnswerEntry } from '../cache/entry-bounds.ts';
import { UNPURGED, generationIn } from '../cache/generations.ts';
import { getPublished } from '../cache/publishing.ts';

/** What the cache says of a thumbnail. */
export interface LookUp {
  readonly keys: RequestKeys;
  /** Of the source; undefined where the cache does not know. */
  readonly generation: string | undefined;
  readonly entry: AnswerEntry | undefined;
  /** Which of several caches had it. */
  readonly tier: string | undefined;
  /** How long that took, in milliseconds. */
  readonly cacheMs: number;
}

type Found = Pick<LookUp, 'generation' | 'entry' | 'tier'>;

export interface CacheLookUpOptions {
  readonly cache: ThumbnailCache;
  /** What is taken of an entry that the cache has; see `boundedEntry`. */
  readonly bounded: (entry: CacheEntry | undefined) => AnswerEntry | undefined;
}

/** Asks the cache for a thumbnail, and whether it is of its source's current generation. */
export class CacheLookUp {
  readonly #options: CacheLookUpOptions;

  constructor(options: CacheLookUpOptions) {
    this.#options = options;
  }

  /**
   * Without a promise where this process's own memory has the answer.
   *
   * @param mayBePurged whether somebody holds a key. Else what this process's memory has is taken for current until it
   * has to be looked at again, without a trip.
   */
  find(keys: RequestKeys, mayBePurged: boolean): LookUp | Promise<LookUp> {
    const startedAt = performance.now();
    const found = this.#findAtOnce(keys, mayBePurged) ?? this.#find(keys);
    const finish = (result: Found) => ({ keys, ...result, cacheMs: performance.now() - startedAt });
    return found instanceof Promise ? found.then(finish) : finish(found);
  }

  #findAtOnce(keys: RequestKeys, mayBePurged: boolean): Found | undefined {
    const { cache, bounded } = this.#options;
    if (cache.getSync === undefined) return undefined;
    const isProvable = keys.generation === undefined || cache.isLocal === true;
    if (!isProvable && mayBePurged) return undefined;
    let tier: string | undefined;
    const entry = bounded(cache.getSync(keys.thumbnail, (name) => (tier = name)));
    if (entry === undefined) return undefined;
    if (!isProvable) return { generation: entry.generation, entry, tier };
    const generation =
      keys.generation === undefined ? UNPURGED : generationIn(cache.getSync(keys.generation));
    return ifCurrent({ generation, entry, tier });
  }

  async #find({ thumbnail, generation: generationKey }: RequestKeys): Promise<Found> {
    const { cache, bounded } = this.#options;
    let tier: string | undefined;
    const onHit = (name: string) => (tier = name);
    if (generationKey === undefined) {
      const entry = bounded(await cache.get(thumbnail, onHit));
      return ifCurrent({ generation: UNPURGED, entry, tier });
    }
    const [entry, published] = await (cache.getPair?.(thumbnail, generationKey, onHit) ??
      Promise.all([cache.get(thumbnail, onHit), getPublished(cache, generationKey).catch(() => undefined)]));
    return ifCurrent({ generation: generationIn(published), entry: bounded(entry), tier });
  }
}

/** Without the entry where it is not proven to be of the current generation. */
function ifCurrent(found: Found): Found {
  if (found.entry === undefined || found.entry.generation === found.generation) return found;
  return { ...found, entry: undefined, tier: undefined };
}
