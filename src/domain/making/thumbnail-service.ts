import { Keyring } from '../access/keyring.ts';
import { Access } from '../access/request-policy.ts';
import type { PresentedSignature, SigningKeys } from '../access/signature.ts';
import { type KeysOf, type RequestKeys, cacheKeyOf, generationKeyOf, keptKeys } from '../cache/cache-key.ts';
import { Generations, UNPURGED } from '../cache/generations.ts';
import { OverloadedError } from '../errors/index.ts';
import { madeIn } from '../cache/negative-caching.ts';
import type { SourceUrl } from '../request/source-url.ts';
import type { SourceRequest, ThumbnailRequest } from '../request/source-request.ts';
import { Downloads } from '../source/downloads.ts';
import type { Room } from '../source/incoming-bytes.ts';
import { type OpenSource, openRemote, openSource } from '../source/open-source.ts';
import { SourceFiles } from '../source/source-files.ts';
import { SourceReader } from '../source/source-reader.ts';
import { Patience } from '../work/patience.ts';
import type { Caller } from '../work/requester.ts';
import { FoundEntries, isFor, isMade } from './found-entries.ts';
import { JobFlights } from './job-flights.ts';
import { LeaseCoalescing } from './lease-coalescing.ts';
import { CacheLookUp, type LookUp } from './look-up.ts';
import type { Prepared, RequestTerms, ThumbnailPolicies, ThumbnailPorts } from './service-options.ts';
import { SourceNews } from './source-news.ts';
import { ThumbnailMaker } from './thumbnail-maker.ts';
import type { MadeResult, ThumbnailResult } from './thumbnail-result.ts';
import { roomForUpload } from './upload-room.ts';

export type { Prepared, RequestTerms, ThumbnailPolicies, ThumbnailPorts } from './service-options.ts';
export type { MadeResult, ThumbnailResult, Timings } from './thumbnail-result.ts';

/** Longer than a source that has arrived waits and is worked on. */
const MAX_OWN_WORK_MS = 60_000;

/** Caches that do not answer are tried again sooner than that. */
const PURGE_RETRY_SECONDS = 5;
const NOT_PURGED = "The cache can't record the purge now, so nothing is certain to be removed";

/** The use case: from a request to its thumbnail, out of the cache or made once for all who wait for it. */
export class ThumbnailService {
  readonly #policies: ThumbnailPolicies;
  readonly #now: () => number;
  readonly #keyring: Keyring;
  readonly #access: Access;
  readonly #generations: Generations;
  readonly #cacheLookUp: CacheLookUp;
  readonly #found: FoundEntries;
  readonly #flights: JobFlights;

  constructor(ports: ThumbnailPorts, policies: ThumbnailPolicies) {
    const { lifetimes, requests, sources, verdicts = '' } = policies;
    const now = policies.now ?? Date.now;
    this.#policies = policies;
    this.#now = now;
    this.#keyring = new Keyring({
      secrets: ports.secrets,
      onFault: policies.onMalformedKeys,
      maxAgeMs: policies.keysMaxAgeMs,
    });
    this.#access = new Access({ requests, sources, now });
    this.#found = new FoundEntries({ lifetimes, verdicts, now });
    const retentionMs = lifetimes.maxMs + lifetimes.staleIfErrorMs;
    // One for both: a request that has waited for its generation does not wait for a lease as well.
    const patience = new Patience();
    this.#generations = new Generations({ cache: ports.cache, retentionMs, now, patience });
    this.#cacheLookUp = new CacheLookUp({ cache: ports.cache, bounded: this.#found.bounded });
    const downloads = new Downloads({ ...policies, fetcher: ports.fetcher, now });
    const files = new SourceFiles({ ...policies, downloads, now });
    const reader = new SourceReader({ ...policies, ...ports, files, cache: policies.sourceCache, now });
    const maker = new ThumbnailMaker({
      ...ports,
      generations: this.#generations,
      files,
      reader,
      news: new SourceNews({ ...policies, cache: ports.cache, verdicts, now }),
      lifetimes,
      now,
    });
    const coalescing = new LeaseCoalescing({
      cache: ports.cache,
      make: (job, signal) => maker.make(job, signal),
      maxWorkMs: policies.limits.timeoutMs + MAX_OWN_WORK_MS,
      now,
      ifDone: this.#found.ifDone,
      patience,
    });
    this.#flights = new JobFlights({
      work: (job, signal) => coalescing.make(job, signal),
      onFailedBehind: policies.onRevalidationFailed,
    });
  }

  /**
   * What is asked for, a thumbnail or an info. This is the whole story: a request is authorised and looked up; a hit is answered, a
   * stale thumbnail too, while it is revalidated behind the answer; and what is missing is made, once for all who wait.
   *
   * @param caller may leave; the work goes on while others wait for the same thumbnail
   * @throws ThumbnailerError for every error that is foreseen, the reason of the caller's signal when that aborts
   */
  async answer(request: SourceRequest, terms: RequestTerms, caller: Caller): Promise<MadeResult> {
    const prepared = await this.prepare(request, terms);
    return this.hit(prepared) ?? this.finish(prepared, caller);
  }

  /** As `answer`, for a caller that needs to know that it is a thumbnail. */
  async thumbnail(request: ThumbnailRequest, terms: RequestTerms, caller: Caller): Promise<ThumbnailResult> {
    const { entry, ...result } = await this.answer(request, terms, caller);
    if (entry.kind === 'thumbnail') return { ...result, entry };
    throw new Error('a request for a thumbnail was answered with an info');
  }

  /**
   * Authorises a request, opens its source (an upload is received here), and looks its thumbnail up. For a request of a
   * remote source that this process's own memory has the answer for, this takes no promise.
   */
  prepare(request: SourceRequest, terms: RequestTerms): Prepared | Promise<Prepared> {
    const keys = this.#keyring.keys();
    return keys instanceof Promise
      ? keys.then((late) => this.#prepare(request, terms, late))
      : this.#prepare(request, terms, keys);
  }

  #prepare(request: SourceRequest, terms: RequestTerms, keys: SigningKeys): Prepared | Promise<Prepared> {
    this.#access.authorise(request, terms.signature, keys);
    const { source } = request;
    if (source.kind === 'remote') {
      const open = openRemote(source.url);
      const policy = this.#policyFor(source.url);
      return policy instanceof Promise
        ? policy.then((late) => this.#lookUp(request, terms, keys, open, late))
        : this.#lookUp(request, terms, keys, open, policy);
    }
    return openSource(source).then(async (open) => {
      try {
        return await this.#lookUp(request, terms, keys, open, this.#policies.policy ?? '');
      } catch (error) {
        open[Symbol.dispose]();
        throw error;
      }
    });
  }

  /** With what the source is shown, too: what others are let in for is not served, and they are not refused for us. */
  #policyFor(url: SourceUrl): string | Promise<string> {
    const { policy = '', accessTo } = this.#policies;
    const access = accessTo?.(url) ?? '';
    return access instanceof Promise
      ? access.then((late) => withAccess(policy, late))
      : withAccess(policy, access);
  }

  #lookUp(
    request: SourceRequest,
    { signature, refresh = false, keys: keysOf }: RequestTerms,
    keys: SigningKeys,
    source: OpenSource,
    policy: string,
  ): Prepared | Promise<Prepared> {
    // Where nobody holds a key, nothing is ever purged.
    const mayBePurged = (keys.size > 0 || this.#access.hasImpliedSignature) && source.url !== undefined;
    const found = this.#cacheLookUp.find((keysOf ?? keysFor(source, request))(policy), mayBePurged);
    // Signed addresses stand in public pages: without a limit anybody could have a source asked as often as they like.
    const mayRefresh = refresh && (signature !== undefined || this.#access.hasImpliedSignature);
    const prepared = (found: LookUp) => {
      const { entry } = found;
      const isOther = entry !== undefined && !isFor(entry, request.spec);
      const lookUp = isOther ? { ...found, entry: undefined } : found;
      const isRefresh = mayRefresh && !(lookUp.entry !== undefined && this.#found.isRecent(lookUp.entry));
      return { request, source, lookUp, mayBePurged, refresh: isRefresh };
    };
    return found instanceof Promise ? found.then(prepared) : prepared(found);
  }

  /**
   * The answer where the cache has a fresh thumbnail.
   *
   * @throws ThumbnailerError where what it has is an error (negative caching)
   */
  hit({ lookUp: { entry, tier, cacheMs }, source, refresh }: Prepared): MadeResult | undefined {
    if (refresh || entry === undefined || !this.#found.isFresh(entry)) return undefined;
    source[Symbol.dispose]();
    return {
      entry: madeIn(entry, this.#now()),
      cacheStatus: 'hit',
      tier,
      stored: true,
      timings: { cacheMs },
    };
  }

  /** The answer where there is no hit: the stale thumbnail, or one that is made or revalidated now. */
  async finish(
    { request, source, lookUp, mayBePurged, refresh }: Prepared,
    caller: Caller,
  ): Promise<MadeResult> {
    const { keys, entry, tier, cacheMs } = lookUp;
    const known = { generation: lookUp.generation, isNew: false };
    const { generation, isNew } =
      known.generation === undefined ? await this.#establish(keys, mayBePurged, caller) : known;
    const previous = this.#found.isGood(entry) ? entry : undefined;
    const isBehind = previous !== undefined && !refresh && previous.mustRevalidate !== true;
    const knownFaultAtMs = entry?.kind === 'failure' ? entry.createdAtMs : undefined;
    const terms = { mayBeKept: !isNew, refresh, isBehind, previous, knownFaultAtMs };
    const job = { keys, generation, source, spec: request.spec, ...terms };
    if (isBehind) {
      this.#flights.makeBehind(job, caller.requester);
      return { entry: previous, cacheStatus: 'stale', tier, stored: true, timings: { cacheMs } };
    }
    const { timings, stored = false, isOutdated = false, ...made } = await this.#flights.make(job, caller);
    const cacheStatus = isOutdated ? 'stale' : 'miss';
    const forwarded = refresh ? 'request' : isMade(entry) ? 'stale' : 'uri-miss';
    return { ...made, stored, cacheStatus, forwarded, timings: { cacheMs, ...timings } };
  }

  /** What a request of a remote source is looked up under: for a caller that keeps parsed requests. */
  keysOf(request: SourceRequest): KeysOf | undefined {
    const { source } = request;
    return source.kind === 'remote' ? keptKeys(keysFor(openRemote(source.url), request)) : undefined;
  }

  /** @throws SignatureRequiredError where no unsigned request is served at all */
  checkUnsigned(): void {
    this.#access.checkUnsigned();
  }

  /**
   * A slot for an upload of at most that many bytes, and room that grows with it, to be asked for before the first of them
   * is read. Given back by disposing of it.
   *
   * @throws OverloadedError when there is none; the reason of the caller's signal when that aborts
   */
  admitUpload(maxBytes: number, caller: Caller): Promise<Room & Disposable> {
    return roomForUpload(this.#policies, maxBytes, caller);
  }

  /**
   * Forgets all that was made of a source, in every size and format. Only a signed request may ask for it.
   *
   * @throws SignatureRequiredError or SignatureInvalidError when it may not
   * @throws OverloadedError where it is not certain that every process has learned of it: it can be asked for again
   */
  async purge(source: SourceUrl, signature: PresentedSignature | undefined): Promise<void> {
    this.#access.authorisePurge(signature, await this.#keyring.keys());
    try {
      await this.#generations.begin(generationKeyOf(source.canonical));
    } catch (error) {
      throw new OverloadedError(PURGE_RETRY_SECONDS, { cause: error }, NOT_PURGED);
    }
  }

  /**
   * A generation to keep the thumbnail in. Where the cache cannot give one, nothing is kept that could be purged later;
   * what nobody can purge is, in this process's memory for instance.
   */
  async #establish(
    { generation }: RequestKeys,
    mayBePurged: boolean,
    caller: Caller,
  ): Promise<{ readonly generation: string | undefined; readonly isNew: boolean }> {
    const unestablished = { generation: mayBePurged ? undefined : UNPURGED, isNew: true };
    if (generation === undefined) return unestablished;
    return (await this.#generations.establish(generation, caller)) ?? unestablished;
  }
}

/** A deployment that shows nothing has the keys that it had before this counted. */
function withAccess(policy: string, access: string): string {
  return access === '' ? policy : `${policy}.${access}`;
}

function keysFor({ name, url }: OpenSource, { spec }: SourceRequest): KeysOf {
  const generation = url === undefined ? undefined : generationKeyOf(name);
  return (policy) => ({ thumbnail: cacheKeyOf(name, spec, policy), generation, policy });
}
