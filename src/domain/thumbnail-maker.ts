import type { ImageFetcher } from '../ports/image-fetcher.ts';
import type { ImageResizer } from '../ports/image-resizer.ts';
import type { ThumbnailCache } from '../ports/thumbnail-cache.ts';
import type { Admission } from './admission.ts';
import { type ThumbnailEntry, thumbnailEntry } from './cache-entry.ts';
import type { CacheKey } from './cache-key.ts';
import { ThumbnailerError } from './errors/index.ts';
import { STALE_RETRY_MS, failureLifetime, isPassing } from './failure-policy.ts';
import { type LifetimePolicy, lifetimeOf } from './source-freshness.ts';
import type { ThumbnailRequest } from './thumbnail-request.ts';
import { timed } from './timed.ts';

export interface ThumbnailMakerOptions {
  readonly fetcher: ImageFetcher;
  readonly resizer: ImageResizer;
  readonly cache: ThumbnailCache;
  /** Bounds the number of misses that are being worked on; a place costs nothing but itself. */
  readonly misses: Admission;
  /** Bounds the bytes that the downloads under way may bring, and hold until their thumbnails are made. */
  readonly downloadBytes: Admission;
  readonly lifetimes: LifetimePolicy;
  /** Unix milliseconds. */
  readonly now: () => number;
}

export interface Made {
  readonly entry: ThumbnailEntry;
  /** Whether it was put into the cache: what a source wants kept nowhere is not. */
  readonly stored: boolean;
  /** Milliseconds. */
  readonly fetchMs: number;
  /** Milliseconds; absent where there was nothing to resize. */
  readonly resizeMs?: number;
}

/** One thumbnail to make. */
export interface Job {
  readonly key: CacheKey;
  readonly request: ThumbnailRequest;
  /** Made earlier, and stale by now. */
  readonly previous?: ThumbnailEntry | undefined;
}

/** Fetches a source, makes a thumbnail of it, and keeps what came of it, all within the bounds on such work. */
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
    const { fetcher, misses } = this.#options;
    using held = new DisposableStack();
    held.use(await misses.admit(0, signal));
    const reserve = (maxBytes: number) => this.#reserve(maxBytes, held, signal);
    const conditions = job.previous === undefined ? {} : { validators: job.previous.validators };
    const [source, fetchMs] = await timed(
      fetcher.fetch(job.request.source, { signal, reserve, ...conditions }),
    );
    const ttlMs = lifetimeOf(source.freshness, this.#options.lifetimes);
    if (source.bytes === undefined) {
      const renewed = this.#renewed(job, ttlMs);
      return { entry: renewed, stored: await this.#keep(job.key, renewed, ttlMs), fetchMs };
    }
    held.use(source);
    const [thumbnail, resizeMs] = await timed(
      this.#options.resizer.resize(source.bytes, job.request, { signal }),
    );
    const entry = thumbnailEntry(thumbnail, source.validators, {
      nowMs: this.#options.now(),
      ttlMs: ttlMs ?? 0,
    });
    return { entry, stored: await this.#keep(job.key, entry, ttlMs), fetchMs, resizeMs };
  }

  async #reserve(maxBytes: number, held: DisposableStack, signal: AbortSignal): Promise<void> {
    const place = await this.#options.downloadBytes.admit(maxBytes, signal);
    // A fetch that has met its deadline meanwhile does not wait for this.
    if (held.disposed) place[Symbol.dispose]();
    else held.use(place);
  }

  /** Validators stay as they were: the answer that says "unchanged" need not repeat them. */
  #renewed({ previous }: Job, ttlMs = 0): ThumbnailEntry {
    if (previous === undefined) throw new Error('a source is unchanged since nothing');
    return { ...previous, freshUntilMs: this.#options.now() + ttlMs };
  }

  /** Longer than it is fresh: a stale thumbnail is still good for a client while a new one is made. */
  async #keep(key: CacheKey, entry: ThumbnailEntry, ttlMs: number | undefined): Promise<boolean> {
    if (ttlMs === undefined) return false;
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
