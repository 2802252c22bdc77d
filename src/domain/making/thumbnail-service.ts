import type { ImageFetcher } from '../../ports/image-fetcher.ts';
import type { ImageResizer } from '../../ports/image-resizer.ts';
import type { SecretSource } from '../../ports/secret-source.ts';
import type { ThumbnailCache } from '../../ports/thumbnail-cache.ts';
import type { Admission } from '../work/admission.ts';
import type { CacheKey } from '../cache/cache-key.ts';
import { Crowd } from './crowd.ts';
import { SignatureRequiredError } from '../errors/index.ts';
import { thumbnailIn } from '../cache/failure-policy.ts';
import { Generations } from '../cache/generations.ts';
import { type ImageOptions, type ImageRequest, ImageUploads } from './image-uploads.ts';
import type { Job } from './job.ts';
import type { KeptSources } from '../source/kept-sources.ts';
import { Keyring } from '../access/keyring.ts';
import { type LookUp, LookUps } from './look-ups.ts';
import { type RequestPolicy, authorise } from '../access/request-policy.ts';
import { type PresentedSignature, verifySignature } from '../access/signature.ts';
import { SingleFlight } from '../work/single-flight.ts';
import { SourceDownloads } from '../source/source-downloads.ts';
import type { LifetimePolicy } from '../cache/source-freshness.ts';
import type { SourcePolicy } from '../access/source-policy.ts';
import { SourceReader } from '../source/source-reader.ts';
import type { SourceUrl } from '../request/source-url.ts';
import { type Made, ThumbnailMaker } from './thumbnail-maker.ts';
import type { ThumbnailRequest } from '../request/thumbnail-request.ts';
import type { ThumbnailResult } from './thumbnail-result.ts';

export type { ThumbnailResult, Timings } from './thumbnail-result.ts';

export interface ThumbnailPorts {
  readonly fetcher: ImageFetcher;
  readonly resizer: ImageResizer;
  readonly cache: ThumbnailCache;
  readonly secrets: SecretSource;
}

export interface ThumbnailPolicies {
  readonly requests: RequestPolicy;
  readonly sources: SourcePolicy;
  /** Bounds the number of misses that are being worked on. */
  readonly misses: Admission;
  /** Bounds the bytes of the downloads under way. */
  readonly downloadBytes: Admission;
  /** Where sources are kept for the further thumbnails that are made of them. */
  readonly keptSources: KeptSources;
  /** Whether a download may end as soon as its thumbnail can be made. */
  readonly partialDownloads: boolean;
  /** How long a thumbnail stays fresh. */
  readonly lifetimes: LifetimePolicy;
  /** Told when the signing keys were changed to something that cannot be read. */
  readonly onMalformedKeys: (error: unknown) => void;
  /** Told when a stale thumbnail, served already, could not be made anew. */
  readonly onRefreshFailed: (error: unknown) => void;
  /** Unix milliseconds. */
  readonly now?: () => number;
}

/** A source to forget. */
export interface PurgeRequest {
  readonly source: SourceUrl;
  readonly signature?: PresentedSignature | undefined;
}

/** The use case: from a request to its thumbnail, out of the cache or made once for all who wait for it. */
export class ThumbnailService {
  readonly #policies: ThumbnailPolicies;
  readonly #now: () => number;
  readonly #keyring: Keyring;
  readonly #maker: ThumbnailMaker;
  readonly #crowd: Crowd;
  readonly #generations: Generations;
  readonly #lookUps: LookUps;
  readonly #uploads: ImageUploads;
  readonly #flights = new SingleFlight<CacheKey, Made>();

  constructor(ports: ThumbnailPorts, policies: ThumbnailPolicies) {
    this.#policies = policies;
    this.#now = policies.now ?? Date.now;
    this.#keyring = new Keyring({ secrets: ports.secrets, onFault: policies.onMalformedKeys });
    this.#maker = new ThumbnailMaker({
      ...ports,
      lifetimes: policies.lifetimes,
      sources: new SourceReader({
        downloads: new SourceDownloads({ ...ports, ...policies }),
        resizer: ports.resizer,
        lifetimes: policies.lifetimes,
        kept: policies.keptSources,
        sharedReachPx: Math.max(...policies.requests.openSizes),
        now: this.#now,
      }),
      now: this.#now,
    });
    this.#crowd = new Crowd({
      cache: ports.cache,
      make: (job, signal) => this.#maker.make(job, signal),
      isFresh: ({ freshUntilMs }) => freshUntilMs > this.#now(),
    });
    this.#generations = new Generations({
      cache: ports.cache,
      retentionMs: policies.lifetimes.maxMs,
      now: this.#now,
    });
    this.#uploads = new ImageUploads({ ...ports, ...policies, now: this.#now });
    this.#lookUps = new LookUps({
      ...policies,
      cache: ports.cache,
      keyring: this.#keyring,
      generations: this.#generations,
      now: this.#now,
    });
  }

  /**
   * The first part of `create`, for one who answers hits in a shorter way: what comes of it is handed to `hitIn`, and
   * then to `create`, which does not look again.
   *
   * @throws ThumbnailerError when the request may not be served
   */
  lookUp(request: ThumbnailRequest): Promise<LookUp> {
    return this.#lookUps.of(request);
  }

  /**
   * A hit on what is in this process's own memory, at once and without a promise; for requests that were served before.
   * Undefined says nothing: then it is for `lookUp` to find out.
   */
  hitAtHand(request: ThumbnailRequest): ThumbnailResult | undefined {
    const found = this.#lookUps.peek(request);
    return found?.entry?.kind === 'thumbnail' ? this.hitIn(found) : undefined;
  }

  /**
   * The answer where the cache has a fresh one.
   *
   * @throws ThumbnailerError where what it has is a fault
   */
  hitIn({ entry, tier, cacheMs }: LookUp): ThumbnailResult | undefined {
    if (entry === undefined || entry.freshUntilMs <= this.#now()) return undefined;
    return { ...cached(tier, cacheMs), entry: thumbnailIn(entry), cacheStatus: 'hit' };
  }

  /**
   * @param options.signal aborts when the client has left; the work goes on while others wait for the same thumbnail
   * @param options.lookUp what the cache says of this request, where the caller has looked already
   * @throws ThumbnailerError for every fault that is foreseen, the signal's reason when that aborts
   */
  async create(
    request: ThumbnailRequest,
    { signal, lookUp }: { readonly signal: AbortSignal; readonly lookUp?: LookUp | undefined },
  ): Promise<ThumbnailResult> {
    const found = lookUp ?? (await this.#lookUps.of(request));
    const { key, generation, entry, tier, cacheMs } = found;
    const hit = this.hitIn(found);
    if (hit !== undefined) return hit;
    if (entry?.kind === 'thumbnail') {
      this.#refresh({ key, generation, request, previous: entry });
      return { ...cached(tier, cacheMs), entry, cacheStatus: 'stale' };
    }
    const { fetchMs, resizeMs, ...made } = await this.#makeOnce({ key, generation, request }, signal);
    const timings = {
      cacheMs,
      ...(fetchMs !== undefined && { fetchMs }),
      ...(resizeMs !== undefined && { resizeMs }),
    };
    return { ...made, cacheStatus: 'miss', timings };
  }

  /** Throws what `createFromImage` would, as far as that can be told before the image is there. */
  async authorise(request: Pick<ImageRequest, 'size' | 'signature'>): Promise<void> {
    await authorise(request, this.#policies.requests, this.#keyring, this.#now());
  }

  /** Room for an image that is on its way here; see `ImageUploads.makeRoom`. */
  makeRoom(maxBytes: number, signal: AbortSignal): Promise<DisposableStack> {
    return this.#uploads.makeRoom(maxBytes, signal);
  }

  /**
   * A thumbnail of an image that is at hand. It is cached by the image's bytes.
   *
   * @throws ThumbnailerError for every fault that is foreseen, the signal's reason when that aborts
   */
  async createFromImage(
    image: Uint8Array,
    request: ImageRequest,
    options: ImageOptions,
  ): Promise<ThumbnailResult> {
    await this.authorise(request);
    return this.#uploads.thumbnailOf(image, request, options);
  }

  /**
   * Forgets all that was made of a source, in every size and format. Only a signed request may ask for it.
   *
   * @throws SignatureRequiredError or SignatureInvalidError when it may not
   */
  async purge({ source, signature }: PurgeRequest): Promise<void> {
    if (signature === undefined) throw new SignatureRequiredError('Only a signed request may purge a source');
    verifySignature(signature, await this.#keyring.keys(), this.#now());
    await this.#generations.begin(source);
  }

  #makeOnce(job: Job, signal: AbortSignal): Promise<Made> {
    // One that wants it anew does not join work that may have begun with what the source was before.
    if (job.request.refresh === true) return this.#maker.make(job, signal);
    return this.#flights.run(job.key, signal, (flight) => this.#crowd.make(job, flight));
  }

  /** Behind the answer: it belongs to no client, so that none can end it by leaving. */
  #refresh(job: Job): void {
    this.#makeOnce(job, new AbortController().signal).catch(this.#policies.onRefreshFailed);
  }
}

/** What is said of every thumbnail out of the cache, be it fresh or stale. */
function cached(
  tier: string | undefined,
  cacheMs: number,
): Pick<ThumbnailResult, 'tier' | 'stored' | 'timings'> {
  return { stored: true, ...(tier !== undefined && { tier }), timings: { cacheMs } };
}
