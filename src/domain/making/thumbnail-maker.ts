import type { ImageResizer } from '../../ports/image-resizer.ts';
import type { ThumbnailCache } from '../../ports/thumbnail-cache.ts';
import { type ThumbnailEntry, thumbnailEntry } from '../cache/cache-entry.ts';
import type { CacheKey } from '../cache/cache-key.ts';
import { ThumbnailerError } from '../errors/index.ts';
import { STALE_RETRY_MS, failureLifetime, isPassing } from '../cache/failure-policy.ts';
import type { Job } from './job.ts';
import type { EncodedImage, Life } from '../source/kept-sources.ts';
import { type ReducedImage, isReduced } from '../image/reduced-image.ts';
import type { LifetimePolicy } from '../cache/source-freshness.ts';
import type { SourceReader } from '../source/source-reader.ts';
import type { ThumbnailRequest } from '../request/thumbnail-request.ts';
import type { Thumbnail } from '../image/thumbnail.ts';
import { timed } from '../work/timed.ts';

export interface ThumbnailMakerOptions {
  readonly sources: SourceReader;
  readonly resizer: ImageResizer;
  readonly cache: ThumbnailCache;
  readonly lifetimes: LifetimePolicy;
  /** Unix milliseconds. */
  readonly now: () => number;
}

export interface Made {
  readonly entry: ThumbnailEntry;
  /** Whether it was put into the cache: what a source wants kept nowhere is not. */
  readonly stored: boolean;
  /** Milliseconds; absent where the source was at hand. */
  readonly fetchMs?: number;
  /** Milliseconds; absent where there was nothing to resize. */
  readonly resizeMs?: number;
}

/** Has a source read, makes a thumbnail of it, and keeps in the cache what came of it, a fault too. */
export class ThumbnailMaker {
  readonly #options: ThumbnailMakerOptions;

  constructor(options: ThumbnailMakerOptions) {
    this.#options = options;
  }

  /**
   * Where the source has not changed since `previous` was made, that one is fresh again, at the cost of neither download
   * nor decode. Where the source fails for now, `previous` is as good as there is, and the source is left alone for a
   * while.
   *
   * @throws ThumbnailerError, and remembers it for as long as it is likely to last
   */
  async make(job: Job, signal: AbortSignal): Promise<Made> {
    const { cache, lifetimes } = this.#options;
    const startedAt = performance.now();
    try {
      return await this.#makeAnew(job, signal);
    } catch (error) {
      if (signal.aborted) throw error;
      if (job.previous !== undefined && isPassing(error)) {
        const entry = { ...job.previous, freshUntilMs: this.#options.now() + STALE_RETRY_MS };
        await cache.set(job.key, entry, lifetimes.maxMs);
        return { entry, stored: true, fetchMs: performance.now() - startedAt };
      }
      await this.#remember(job.key, error);
      throw error;
    }
  }

  async #makeAnew(job: Job, signal: AbortSignal): Promise<Made> {
    using reading = await this.#options.sources.read(job, signal);
    const { life, timings } = reading;
    if (reading.kind === 'unchanged') {
      const renewed = this.#renewed(job, life);
      return { entry: renewed, stored: await this.#keep(job.key, renewed, life), ...timings };
    }
    const [thumbnail, resizeMs] = await timed(this.#resize(reading.image, job.request, signal));
    const dates = { nowMs: this.#options.now(), freshUntilMs: life.freshUntilMs };
    const entry = thumbnailEntry(thumbnail, reading.validators, dates);
    const { fetchMs, reduceMs = 0 } = timings;
    return {
      entry,
      stored: await this.#keep(job.key, entry, life),
      ...(fetchMs !== undefined && { fetchMs }),
      resizeMs: reduceMs + resizeMs,
    };
  }

  async #resize(
    image: EncodedImage | ReducedImage,
    request: ThumbnailRequest,
    signal: AbortSignal,
  ): Promise<Thumbnail> {
    const { resizer } = this.#options;
    if (isReduced(image)) return resizer.resize(image, request, { signal });
    const { bytes, wholeBytes } = image;
    const thumbnail = await resizer.resize(bytes, request, { signal });
    return { ...thumbnail, original: { ...thumbnail.original, bytes: wholeBytes } };
  }

  /** Validators stay as they were: the answer that says "unchanged" need not repeat them. */
  #renewed({ previous }: Job, { freshUntilMs }: Life): ThumbnailEntry {
    if (previous === undefined) throw new Error('a source is unchanged since nothing');
    return { ...previous, freshUntilMs };
  }

  /** Longer than it is fresh: a stale thumbnail is still good for a client while a new one is made. */
  async #keep(key: CacheKey, entry: ThumbnailEntry, { storable }: Life): Promise<boolean> {
    if (!storable) return false;
    await this.#options.cache.set(key, entry, this.#options.lifetimes.maxMs);
    return true;
  }

  async #remember(key: CacheKey, error: unknown): Promise<void> {
    if (!(error instanceof ThumbnailerError)) return;
    const { cache, lifetimes, now } = this.#options;
    const ttlMs = failureLifetime(error, lifetimes.defaultMs);
    if (ttlMs === undefined) return;
    const nowMs = now();
    const dates = { createdAtMs: nowMs, freshUntilMs: nowMs + ttlMs };
    const { code, message: sentence } = error;
    await cache.set(key, { kind: 'failure', code, sentence, ...dates }, ttlMs);
  }
}
