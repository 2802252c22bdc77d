import type { ImageResizer, ThumbnailSpec } from '../../ports/image-resizer.ts';
import type { ThumbnailCache } from '../../ports/thumbnail-cache.ts';
import type { Admission } from '../work/admission.ts';
import { type ThumbnailEntry, thumbnailEntry } from '../cache/cache-entry.ts';
import { type CacheKey, imageKeyOf } from '../cache/cache-key.ts';
import type { PresentedSignature } from '../access/signature.ts';
import { SingleFlight } from '../work/single-flight.ts';
import type { LifetimePolicy } from '../cache/source-freshness.ts';
import type { ThumbnailResult } from './thumbnail-result.ts';
import { timed } from '../work/timed.ts';

/** What is asked to be made of an image that is at hand. */
export interface ImageRequest extends ThumbnailSpec {
  /** The signature that came with the request, not verified yet. */
  readonly signature?: PresentedSignature;
}

export interface ImageOptions {
  readonly signal: AbortSignal;
  /** What the image came in with; it is taken over, and disposed of as soon as the image is not needed any more. */
  readonly room?: DisposableStack;
}

export interface ImageUploadsOptions {
  readonly resizer: ImageResizer;
  readonly cache: ThumbnailCache;
  /** Bounds the number of misses that are being worked on; an upload counts as one until it turns out to be a hit. */
  readonly misses: Admission;
  /** Bounds the bytes that downloads and uploads under way may bring, and hold until their thumbnails are made. */
  readonly downloadBytes: Admission;
  readonly lifetimes: LifetimePolicy;
  /** Unix milliseconds. */
  readonly now: () => number;
}

interface Made {
  readonly entry: ThumbnailEntry;
  readonly resizeMs: number;
}

/** Makes thumbnails of images that are sent here, within the bounds on those that are fetched. */
export class ImageUploads {
  readonly #options: ImageUploadsOptions;
  readonly #flights = new SingleFlight<CacheKey, Made>();

  constructor(options: ImageUploadsOptions) {
    this.#options = options;
  }

  /**
   * Room for an image of at most that many bytes: to be asked for before the first of them is read. It is given back
   * by disposing of it. Whatever else the image holds can be added to it.
   *
   * @throws OverloadedError when there is none; the signal's reason when that aborts
   */
  async makeRoom(maxBytes: number, signal: AbortSignal): Promise<DisposableStack> {
    const { misses, downloadBytes } = this.#options;
    using room = new DisposableStack();
    room.use(await misses.admit(0, signal));
    room.use(await downloadBytes.admit(maxBytes, signal));
    return room.move();
  }

  /**
   * The same bytes have the same thumbnail for as long as anybody remembers, so there is neither a stale one nor one
   * to purge. Faults are not remembered: who sends an image again has paid for that already.
   */
  async thumbnailOf(
    image: Uint8Array,
    request: ImageRequest,
    { signal, room: given }: ImageOptions,
  ): Promise<ThumbnailResult> {
    using room = given?.move() ?? new DisposableStack();
    const { cache, misses, now } = this.#options;
    const key = imageKeyOf(image, request);
    let tier: string | undefined;
    const [found, cacheMs] = await timed(cache.get(key, (name) => (tier = name)));
    if (found?.kind === 'thumbnail' && found.freshUntilMs > now()) {
      const where = tier !== undefined && { tier };
      return { entry: found, cacheStatus: 'hit', ...where, stored: true, timings: { cacheMs } };
    }
    if (given === undefined) room.use(await misses.admit(0, signal));
    const making = this.#flights.run(key, signal, (flight) =>
      this.#make(key, image, request, room.move(), flight),
    );
    // One who finds the same work under way needs neither the bytes nor a place for them.
    room.dispose();
    const { entry, resizeMs } = await making;
    return { entry, cacheStatus: 'miss', stored: true, timings: { cacheMs, resizeMs } };
  }

  /** Whoever sent the image may leave while others wait, so its room belongs to the work. */
  async #make(
    key: CacheKey,
    image: Uint8Array,
    request: ImageRequest,
    room: DisposableStack,
    signal: AbortSignal,
  ): Promise<Made> {
    using _held = room;
    const { resizer, cache, lifetimes, now } = this.#options;
    const [thumbnail, resizeMs] = await timed(resizer.resize(image, request, { signal }));
    const nowMs = now();
    const entry = thumbnailEntry(thumbnail, {}, { nowMs, freshUntilMs: nowMs + lifetimes.defaultMs });
    await cache.set(key, entry, lifetimes.defaultMs);
    return { entry, resizeMs };
  }
}
