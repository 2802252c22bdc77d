import type { ImageFetcher } from '../ports/image-fetcher.ts';
import type { ImageResizer } from '../ports/image-resizer.ts';
import type { SecretSource } from '../ports/secret-source.ts';
import type { ThumbnailCache } from '../ports/thumbnail-cache.ts';
import type { Admission } from './admission.ts';
import type { CacheEntry, ThumbnailEntry } from './cache-entry.ts';
import { type CacheKey, FIRST_GENERATION, cacheKeyOf } from './cache-key.ts';
import { Crowd } from './crowd.ts';
import { SignatureRequiredError } from './errors/index.ts';
import { thumbnailIn } from './failure-policy.ts';
import { Generations } from './generations.ts';
import { Keyring } from './keyring.ts';
import { type RequestPolicy, authorise } from './request-policy.ts';
import { type PresentedSignature, verifySignature } from './signature.ts';
import { SingleFlight } from './single-flight.ts';
import type { LifetimePolicy } from './source-freshness.ts';
import { type SourcePolicy, checkSource } from './source-policy.ts';
import type { SourceUrl } from './source-url.ts';
import { type Job, type Made, ThumbnailMaker } from './thumbnail-maker.ts';
import type { ThumbnailRequest } from './thumbnail-request.ts';
import { timed } from './timed.ts';

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

/** The answer to a request. */
export interface ThumbnailResult {
  readonly entry: ThumbnailEntry;
  readonly cacheStatus: 'hit' | 'stale' | 'miss';
  /** Which of several caches had it. */
  readonly tier?: string;
  /** Whether the cache has it now; a source may want its image kept nowhere. */
  readonly stored: boolean;
  readonly timings: Timings;
}

/** Where the time went, in milliseconds; a stage that did not take place is absent. */
export interface Timings {
  readonly cacheMs: number;
  readonly fetchMs?: number;
  readonly resizeMs?: number;
}

/** What the cache says of a request. */
interface LookUp {
  readonly key: CacheKey;
  readonly entry?: CacheEntry | undefined;
  readonly tier?: string | undefined;
}

/** The use case: from a request to its thumbnail, out of the cache or made once for all who wait for it. */
export class ThumbnailService {
  readonly #ports: ThumbnailPorts;
  readonly #policies: ThumbnailPolicies;
  readonly #now: () => number;
  readonly #keyring: Keyring;
  readonly #maker: ThumbnailMaker;
  readonly #crowd: Crowd;
  readonly #generations: Generations;
  readonly #flights = new SingleFlight<CacheKey, Made>();

  constructor(ports: ThumbnailPorts, policies: ThumbnailPolicies) {
    this.#ports = ports;
    this.#policies = policies;
    this.#now = policies.now ?? Date.now;
    this.#keyring = new Keyring({ secrets: ports.secrets, onFault: policies.onMalformedKeys });
    this.#maker = new ThumbnailMaker({ ...ports, ...policies, now: this.#now });
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

    const [{ key, entry, tier }, cacheMs] = await timed(this.#lookUp(request));
    const hit = { stored: true, ...(tier !== undefined && { tier }), timings: { cacheMs } };
    if (entry !== undefined && entry.freshUntilMs > this.#now()) {
      return { ...hit, entry: thumbnailIn(entry), cacheStatus: 'hit' };
    }
    if (entry?.kind === 'thumbnail') {
      this.#refresh({ key, request, previous: entry });
      return { ...hit, entry, cacheStatus: 'stale' };
    }
    const { fetchMs, resizeMs, ...made } = await this.#makeOnce({ key, request }, signal);
    const timings = { cacheMs, fetchMs, ...(resizeMs !== undefined && { resizeMs }) };
    return { ...made, cacheStatus: 'miss', timings };
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

  /**
   * Entry and generation are asked for at once, one trip to a cache that is far away; a second one follows only after a
   * purge. Where nobody holds a key, nothing is ever purged.
   */
  async #lookUp(request: ThumbnailRequest): Promise<LookUp> {
    const mayBePurged = (await this.#keyring.keys()).size > 0;
    if (!mayBePurged) return this.#entryOf(request, FIRST_GENERATION);
    const guess = this.#generations.lastKnown(request.source);
    const [found, generation] = await Promise.all([
      this.#entryOf(request, guess),
      this.#generations.current(request.source),
    ]);
    return generation === guess ? found : this.#entryOf(request, generation);
  }

  async #entryOf(request: ThumbnailRequest, generation: string): Promise<LookUp> {
    const key = cacheKeyOf(request, generation);
    if (request.refresh === true) return { key };
    let tier: string | undefined;
    const entry = await this.#ports.cache.get(key, (name) => (tier = name));
    return { key, entry, tier };
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
