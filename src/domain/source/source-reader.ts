import type { SourceImage } from '../../ports/image-fetcher.ts';
import type { ImageResizer } from '../../ports/image-resizer.ts';
import { compacted } from './compact-source.ts';
import type { Job } from '../making/job.ts';
import { type KeptSource, type KeptSources, type Life, isGoodFor } from './kept-sources.ts';
import { COMPACT, type Reading, type SourceInHand, UNCHANGED } from './reading.ts';
import { isReduced } from '../image/reduced-image.ts';
import { SingleFlight } from '../work/single-flight.ts';
import type { SourceDownloads } from './source-downloads.ts';
import { type LifetimePolicy, type SourceFreshness, lifetimeOf } from '../cache/source-freshness.ts';
import type { ThumbnailRequest } from '../request/thumbnail-request.ts';
import { timed } from '../work/timed.ts';

export interface SourceReaderOptions {
  readonly downloads: SourceDownloads;
  readonly resizer: ImageResizer;
  readonly lifetimes: LifetimePolicy;
  readonly kept: KeptSources;
  /** Largest dimension in pixels of the thumbnails that one reading of a source is to serve. */
  readonly sharedReachPx: number;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/**
 * Reads sources, each once for all who want thumbnails of it at a time, or soon after: its sizes and formats are asked for
 * together. What they are all made of is a reduced image where decoding is dear, and the file where it is not.
 */
export class SourceReader {
  readonly #options: SourceReaderOptions;
  readonly #flights = new SingleFlight<string, SourceInHand | undefined>();

  constructor(options: SourceReaderOptions) {
    this.#options = options;
  }

  /**
   * The job's source, or that it has not changed since the previous thumbnail was made. Throws as `SourceDownloads.start`
   * and `ImageResizer.reduce` do; also with what another's reading of the source, which it has waited for, has met.
   */
  async read(job: Job, signal: AbortSignal): Promise<Reading> {
    if (job.request.refresh === true || !this.#isCommon(job.request)) return this.#readAlone(job, signal);
    const kept = this.#options.kept.get(sourceKeyOf(job), job.request);
    if (kept !== undefined) return { ...kept, ...COMPACT, timings: {} };
    // Whoever asks whether the source has changed since asks for itself alone.
    if (job.previous !== undefined) return this.#readAlone(job, signal);
    const [shared, waitedMs] = await timed(
      this.#flights.run(sourceKeyOf(job), signal, (flight) => this.#readForAll(job, flight)),
    );
    if (shared === undefined || !isGoodFor(shared, job.request)) return this.#readAlone(job, signal);
    const { reduceMs = 0 } = shared.timings;
    return { ...shared, timings: { ...shared.timings, fetchMs: Math.max(0, waitedMs - reduceMs) } };
  }

  /** Larger thumbnails are rare, and are each made of the source itself. */
  #isCommon({ size }: ThumbnailRequest): boolean {
    return this.#options.kept.keepsAny && size <= this.#options.sharedReachPx;
  }

  /** Undefined where the image is too large to be held for others. */
  async #readForAll(job: Job, flight: AbortSignal): Promise<SourceInHand | undefined> {
    const reading = await this.#readAlone(job, flight);
    if (reading.kind === 'compact') return reading;
    reading[Symbol.dispose]();
    return undefined;
  }

  async #readAlone(job: Job, signal: AbortSignal): Promise<Reading> {
    using held = new DisposableStack();
    const { source, fetchMs } = held.use(await this.#options.downloads.start(job, signal));
    const life = this.#lifeOf(source.freshness);
    if (source.bytes === undefined) return { ...UNCHANGED, life, timings: { fetchMs } };
    const { validators } = source;
    const [image, compactMs] = await timed(this.#compact(source, job.request, signal));
    if (image === undefined) {
      const all = held.move();
      const dispose = { [Symbol.dispose]: () => all.dispose() };
      return { kind: 'download', image: source, validators, life, timings: { fetchMs }, ...dispose };
    }
    if (life.storable) this.#options.kept.set(sourceKeyOf(job), { image, validators, life });
    const timings = { fetchMs, ...(isReduced(image) && { reduceMs: compactMs }) };
    return { ...COMPACT, image, validators, life, timings };
  }

  /** Undefined where there is no compact form of it, or one that nobody else could use. */
  async #compact(
    source: SourceImage,
    request: ThumbnailRequest,
    signal: AbortSignal,
  ): Promise<KeptSource['image'] | undefined> {
    const { resizer, sharedReachPx: size } = this.#options;
    if (!this.#isCommon(request)) return undefined;
    return compacted(source, { size, fit: request.fit }, resizer, signal);
  }

  #lifeOf(freshness: SourceFreshness): Life {
    const ttlMs = lifetimeOf(freshness, this.#options.lifetimes);
    return { storable: ttlMs !== undefined, freshUntilMs: this.#options.now() + (ttlMs ?? 0) };
  }
}

/** No address has a line break in it. */
function sourceKeyOf({ request, generation }: Job): string {
  return `${request.source.canonical}\n${generation}`;
}
