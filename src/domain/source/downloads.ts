import type { FetchOptions, ImageFetcher, PreparedFetch, SourceAnswer } from '../../ports/image-fetcher.ts';
import type { OperationObserver, Outcome } from '../../ports/operation-observer.ts';
import { OverloadedError, SourceTimeoutError, ThumbnailerError } from '../errors/index.ts';
import type { InputFormat } from '../image/formats.ts';
import type { FileReader } from '../image/partial/partial-decoder.ts';
import type { SourceUrl } from '../request/source-url.ts';
import type { Admission } from '../work/admission.ts';
import { type Deadline, withDeadline } from '../work/deadline.ts';
import type { MemoryPool } from '../work/memory-pool.ts';
import { raceSignal } from '../work/race.ts';
import type { Caller } from '../work/requester.ts';
import { rejected } from '../work/rejected.ts';
import { checkStatus, validatorsOf } from './answer.ts';
import { DownloadSlots } from './download-slots.ts';
import { type SourceFreshness, type SourceValidators, freshnessOf, saidMsOf, shownBy } from './freshness.ts';
import type { VisitOutcome } from './host-health.ts';
import type { Hosts } from './hosts.ts';
import type { Room } from './incoming-bytes.ts';
import { type ReceivedBody, receive } from './receive.ts';
import { isAbout, updated } from './revalidation.ts';

export interface SourceLimits {
  /** The most bytes that a source may have. */
  readonly maxBytes: number;
  /** For a whole download: look-up, redirects, headers, body. */
  readonly timeoutMs: number;
  /** Whether a download may end as soon as its thumbnail can be made. */
  readonly partialDownloads: boolean;
}

export interface DownloadsOptions {
  readonly fetcher: ImageFetcher;
  readonly limits: SourceLimits;
  /** Bounds the number of sources that are being read from one host. */
  readonly hosts: Hosts;
  /** Bounds the number of sources that are being read; a slot costs nothing but itself. */
  readonly misses: Admission;
  /** Bounds the bytes that the downloads under way may bring, and hold until they are done with. */
  readonly downloadBytes: MemoryPool;
  readonly observe?: OperationObserver | undefined;
  /** Unix milliseconds. */
  readonly now: () => number;
}

export interface DownloadRequest {
  readonly url: SourceUrl;
  /** Tells when the rest of the source is not needed. */
  readonly endsWith: FileReader;
  /** What ends a download when it shows to be anything else; undefined where any bytes will do. */
  readonly inputFormats?: readonly InputFormat[] | undefined;
  /** Of the version that is cached. */
  readonly validators?: SourceValidators | undefined;
}

/** What a download brought; disposing of it gives back its memory and its slots. */
export interface Download extends Disposable {
  /** Undefined where the source is as it was when the validators were given. */
  readonly body: ReceivedBody | undefined;
  readonly freshness: SourceFreshness;
  readonly validators: SourceValidators;
  readonly fetchMs: number;
}

type Answered = Pick<Download, 'body' | 'freshness' | 'validators'>;

/** What goes along with a download from host to host. */
interface Way {
  readonly slots: DownloadSlots;
  readonly deadline: Deadline;
  readonly caller: Caller;
}

/** Downloads sources, as many at a time, and as large, as there is room for. The same for every transport. */
export class Downloads {
  readonly #options: DownloadsOptions;

  constructor(options: DownloadsOptions) {
    this.#options = options;
  }

  /**
   * The source, or that it has not changed. Throws as `ImageFetcher.fetch` and `receive` do.
   *
   * @throws SourceNotFoundError for 404 and 410; SourceRefusedError for any other status; SourceTimeoutError at the deadline
   * @throws SourceSuspendedError, without asking, where the host was late again and again
   * @throws OverloadedError when too many wait or the wait is too long
   */
  async start(request: DownloadRequest, caller: Caller): Promise<Download> {
    const { hosts, observe, limits } = this.#options;
    const { signal } = caller;
    const { host } = request.url;
    hosts.check(host);
    const { fetch, prepareMs } = await this.#prepare(request.url, caller);
    using held = new DisposableStack();
    const slots = held.use(new DownloadSlots(this.#options));
    await slots.goTo(host, caller);
    const ended = observe?.({ name: 'fetch', host });
    const startedAt = performance.now();
    try {
      const { timeoutMs } = limits;
      const timeLeftMs = Math.max(0, timeoutMs - prepareMs);
      using deadline = withDeadline(signal, timeLeftMs, () => new SourceTimeoutError(timeoutMs));
      const way = { slots, deadline, caller };
      const answer = await this.#answer(request, fetch, held, way);
      slots.leaveHost('in-time');
      ended?.(outcomeOf(answer.body));
      const kept = held.move();
      const fetchMs = prepareMs + performance.now() - startedAt;
      return { ...answer, fetchMs, [Symbol.dispose]: () => kept.dispose() };
    } catch (error) {
      // One that had little time left says nothing of the host.
      const hadTime = prepareMs * 2 < limits.timeoutMs;
      slots.leaveHost(hadTime ? outcomeOfVisit(error, signal) : 'unknown');
      ended?.(rejected(error, signal));
      throw error;
    }
  }

  /** What the fetcher can do before it has a slot. */
  async #prepare(url: SourceUrl, { requester, signal }: Caller) {
    const { fetcher, limits, observe } = this.#options;
    if (fetcher.prepare === undefined)
      return { fetch: (options: FetchOptions) => fetcher.fetch(url, options), prepareMs: 0 };
    const ended = observe?.({ name: 'prepare', host: url.host });
    const startedAt = performance.now();
    try {
      const { timeoutMs } = limits;
      using deadline = withDeadline(signal, timeoutMs, () => new SourceTimeoutError(timeoutMs));
      const fetch = await raceSignal(
        fetcher.prepare(url, { requester, signal: deadline.signal }),
        deadline.signal,
      );
      ended?.({});
      return { fetch, prepareMs: performance.now() - startedAt };
    } catch (error) {
      ended?.(rejected(error, signal));
      throw error;
    }
  }

  async #answer(
    request: DownloadRequest,
    fetch: PreparedFetch,
    held: DisposableStack,
    way: Way,
  ): Promise<Answered> {
    const { endsWith, inputFormats, validators } = request;
    const { slots, deadline, caller } = way;
    const { signal } = deadline;
    const { limits, now } = this.#options;
    const onRedirect = ({ host }: SourceUrl) => deadline.pause(slots.goTo(host, { ...caller, signal }));
    using answer = await answerBefore(
      fetch({ signal, validators, onRedirect, requester: caller.requester }),
      signal,
    );
    if (answer.status === 304 && validators?.href === answer.href) {
      if (isAbout(validators, answer)) return { body: undefined, ...updated(validators, answer, now()) };
      return await this.#answer({ ...request, validators: undefined }, fetch, held, way);
    }
    const freshness = freshnessOf(answer.headers, now());
    try {
      checkStatus(answer, now());
      const body = await receive(answer, {
        maxBytes: limits.maxBytes,
        endsWith: limits.partialDownloads ? endsWith : undefined,
        inputFormats,
        roomFor: (maxBytes, otherBytes) => this.#roomFor(maxBytes, otherBytes, held, way),
        signal,
      });
      held.use(body);
      return { body, freshness, validators: validatorsOf(answer) };
    } catch (error) {
      throw shownBy(error, saidMsOf(freshness));
    }
  }

  /** The wait for it is none of the source's. */
  #roomFor(maxBytes: number, otherBytes: number, held: DisposableStack, { deadline, caller }: Way): Room {
    const { requester } = caller;
    const { downloadBytes } = this.#options;
    const withOthers = (bytes: number) => Math.min(bytes + otherBytes, downloadBytes.budget);
    const reservation = held.use(downloadBytes.open(withOthers(maxBytes)));
    const growTo = (bytes: number) => {
      const growing = reservation.growTo(withOthers(bytes), { requester, signal: deadline.signal });
      return growing && deadline.pause(growing);
    };
    return { growTo, complete: (needed) => reservation.complete(needed) };
  }
}

/** The answer, or the signal's reason, even if a fetcher does not obey it: what it answers later is ended then. */
async function answerBefore(fetching: Promise<SourceAnswer>, signal: AbortSignal): Promise<SourceAnswer> {
  try {
    return await raceSignal(fetching, signal);
  } catch (error) {
    fetching.then(
      (late) => late[Symbol.dispose](),
      () => undefined,
    );
    throw error;
  }
}

/** Where the wait was ours, or was cut short, nothing is known of the host. */
function outcomeOfVisit(error: unknown, signal: AbortSignal): VisitOutcome {
  if (signal.aborted || error instanceof OverloadedError) return 'unknown';
  return error instanceof ThumbnailerError && error.code === 'source-timeout' ? 'late' : 'in-time';
}

/** With the bytes that were not downloaded, 0 where nobody knows how many. */
function outcomeOf(body: ReceivedBody | undefined): Outcome {
  if (body?.isPart !== true) return {};
  return { savedBytes: (body.wholeBytes ?? body.receivedBytes) - body.receivedBytes };
}
