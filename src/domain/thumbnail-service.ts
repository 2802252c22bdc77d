import type { ImageFetcher } from '../ports/image-fetcher.ts';
import type { ImageResizer } from '../ports/image-resizer.ts';
import type { SecretSource } from '../ports/secret-source.ts';
import type { ThumbnailCache } from '../ports/thumbnail-cache.ts';
import type { Admission } from './admission.ts';
import { type CacheKey, cacheKeyOf } from './cache-key.ts';
import { Keyring } from './keyring.ts';
import { type RequestPolicy, authorise } from './request-policy.ts';
import { SingleFlight } from './single-flight.ts';
import { type SourcePolicy, checkSource } from './source-policy.ts';
import type { ThumbnailRequest } from './thumbnail-request.ts';
import { type CacheEntry, toCacheEntry } from './thumbnail.ts';

export interface ThumbnailPorts {
  readonly fetcher: ImageFetcher;
  readonly resizer: ImageResizer;
  readonly cache: ThumbnailCache;
  readonly secrets: SecretSource;
}

export interface ThumbnailPolicies {
  readonly requests: RequestPolicy;
  readonly sources: SourcePolicy;
  /** Bounds the number of misses that are being worked on; a place costs nothing but itself. */
  readonly misses: Admission;
  /** Bounds the bytes that the downloads under way may bring, and hold until their thumbnails are made. */
  readonly downloadBytes: Admission;
  /** How long a thumbnail is kept, in milliseconds. */
  readonly cacheTtlMs: number;
  /** Told when the signing keys were changed to something that cannot be read. */
  readonly onMalformedKeys: (error: unknown) => void;
  /** Unix milliseconds. */
  readonly now?: () => number;
}

/** The answer to a request. */
export interface ThumbnailResult {
  readonly entry: CacheEntry;
  readonly cacheStatus: 'hit' | 'stale' | 'miss';
  readonly timings: Timings;
}

/** Where the time went, in milliseconds; a stage that did not take place is absent. */
export interface Timings {
  readonly cacheMs: number;
  readonly fetchMs?: number;
  readonly resizeMs?: number;
}

/** Made by one flight, shared by all who waited for it. */
interface Made {
  readonly entry: CacheEntry;
  readonly fetchMs: number;
  readonly resizeMs: number;
}

/** The use case: from a request to its thumbnail, out of the cache or made once for all who wait for it. */
export class ThumbnailService {
  readonly #ports: ThumbnailPorts;
  readonly #policies: ThumbnailPolicies;
  readonly #now: () => number;
  readonly #keyring: Keyring;
  readonly #flights = new SingleFlight<CacheKey, Made>();

  constructor(ports: ThumbnailPorts, policies: ThumbnailPolicies) {
    this.#ports = ports;
    this.#policies = policies;
    this.#now = policies.now ?? Date.now;
    this.#keyring = new Keyring({ secrets: ports.secrets, onFault: policies.onMalformedKeys });
  }

  /**
   * @param options.signal aborts when the client has left; the work goes on while others wait for the same thumbnail
   * @throws ThumbnailerError for every fault that is foreseen, the signal's reason when that aborts
   */
  async create(
    request: ThumbnailRequest,
    { signal }: { readonly signal: AbortSignal },
  ): Promise<ThumbnailResult> {
    const { requests, sources } = this.#policies;
    await authorise(request, requests, this.#keyring, this.#now());
    checkSource(request.source, sources);

    const key = cacheKeyOf(request);
    const [cached, cacheMs] = await timed(this.#ports.cache.get(key));
    if (cached !== undefined && cached.freshUntilMs > this.#now()) {
      return { entry: cached, cacheStatus: 'hit', timings: { cacheMs } };
    }
    const { entry, fetchMs, resizeMs } = await this.#flights.run(key, signal, (flight) =>
      this.#make(key, request, flight),
    );
    return { entry, cacheStatus: 'miss', timings: { cacheMs, fetchMs, resizeMs } };
  }

  async #make(key: CacheKey, request: ThumbnailRequest, signal: AbortSignal): Promise<Made> {
    const { cache, fetcher, resizer } = this.#ports;
    const { misses, downloadBytes, cacheTtlMs } = this.#policies;
    using held = new DisposableStack();
    held.use(await misses.admit(0, signal));
    const reserve = async (maxBytes: number) => {
      const place = await downloadBytes.admit(maxBytes, signal);
      // A fetch that has met its deadline meanwhile does not wait for this.
      if (held.disposed) place[Symbol.dispose]();
      else held.use(place);
    };
    const [image, fetchMs] = await timed(fetcher.fetch(request.source, { signal, reserve }));
    held.use(image);
    const [thumbnail, resizeMs] = await timed(resizer.resize(image.bytes, request, { signal }));
    const entry = toCacheEntry(thumbnail, this.#now(), cacheTtlMs);
    await cache.set(key, entry, cacheTtlMs);
    return { entry, fetchMs, resizeMs };
  }
}

/** What a promise resolves with, and how many milliseconds it took. */
async function timed<T>(promise: Promise<T>): Promise<[T, number]> {
  const startedAt = performance.now();
  return [await promise, performance.now() - startedAt];
}
