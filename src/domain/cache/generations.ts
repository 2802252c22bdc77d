import { randomUUID } from 'node:crypto';
import type { ThumbnailCache } from '../../ports/thumbnail-cache.ts';
import type { Patience } from '../work/patience.ts';
import type { Caller } from '../work/requester.ts';
import { SingleFlight } from '../work/single-flight.ts';
import type { CacheEntry, GenerationEntry } from './cache-entry.ts';
import type { CacheKey } from './cache-key.ts';
import { getPublished, publish } from './publishing.ts';

export interface GenerationsOptions {
  readonly cache: ThumbnailCache;
  /** Milliseconds that no entry outlives. */
  readonly retentionMs: number;
  /** Unix milliseconds. */
  readonly now: () => number;
  readonly patience: Patience;
}

/** The generation of a source. */
export interface Established {
  readonly generation: string;
  /** Whether it begins now: then nothing is kept of the source. */
  readonly isNew: boolean;
}

/** Of what is never purged, and of what is made where no generation is to be had and nobody may purge. */
export const UNPURGED = 'none';

const NEVER = new AbortController().signal;

/** A generation that goes takes the thumbnails of its source along, so it is to stay for longer than they do. */
const MIN_RETENTION_MS = 60 * 86_400_000;

/**
 * Every entry carries the generation that its source had when it was made. It is served only where the shared cache says,
 * now, that this is the source's generation. A purge begins another one, with a random name that none had before. So one
 * small write forgets a source in all its sizes and formats, in all caches, for all processes; and where the generation
 * is lost, nothing is current any more: a loss costs a thumbnail, and never brings back what was purged.
 */
export class Generations {
  readonly #options: GenerationsOptions;
  readonly #flights = new SingleFlight<CacheKey, Established | undefined>();

  constructor(options: GenerationsOptions) {
    this.#options = options;
  }

  /**
   * The generation of a source that has none yet: one that begins now, or that another process has begun meanwhile.
   *
   * @param key see `generationKeyOf`
   * @returns undefined where the cache cannot say: then nothing can be proven current, and so nothing is to be kept
   */
  establish(key: CacheKey, caller: Caller): Promise<Established | undefined> {
    return this.#flights.run(key, caller, async ({ signal }) => {
      const establishing = this.#options.patience.run(() => this.#establish(key), signal);
      return establishing.catch(() => undefined);
    });
  }

  async #establish(key: CacheKey): Promise<Established> {
    const { cache } = this.#options;
    const own = this.#newEntry();
    if (await publish(cache, key, own, this.#retentionMs, 'add')) return { ...own, isNew: true };
    const found = generationIn(await getPublished(cache, key));
    if (found !== undefined) return { generation: found, isNew: false };
    // What is there cannot be read: another generation takes its place, which brings nothing back.
    await publish(cache, key, own, this.#retentionMs, 'replace');
    return { ...own, isNew: true };
  }

  /**
   * Everything made of the source until now is forgotten when this resolves.
   *
   * @throws what the cache rejects with: then nothing was promised, and it can be tried again
   */
  async begin(key: CacheKey): Promise<void> {
    const entry = this.#newEntry();
    const replace = () => publish(this.#options.cache, key, entry, this.#retentionMs, 'replace');
    await this.#options.patience.run(replace, NEVER);
  }

  #newEntry(): GenerationEntry {
    const generation = randomUUID();
    return { kind: 'generation', generation, createdAtMs: this.#options.now(), freshUntilMs: 0 };
  }

  get #retentionMs(): number {
    return Math.max(MIN_RETENTION_MS, 2 * this.#options.retentionMs);
  }
}

/** The generation that an entry says; undefined where there is none. */
export function generationIn(entry: CacheEntry | undefined): string | undefined {
  return entry?.kind === 'generation' ? entry.generation : undefined;
}
