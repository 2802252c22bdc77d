import type { ImageFetcher, SourceImage, UnchangedSource } from '../../ports/image-fetcher.ts';
import type { Admission } from '../work/admission.ts';
import type { Job } from '../making/job.ts';
import { prefixJudgeFor } from '../image/source-prefix.ts';
import { timed } from '../work/timed.ts';

export interface SourceDownloadsOptions {
  readonly fetcher: ImageFetcher;
  /** Bounds the number of sources that are being read; a place costs nothing but itself. */
  readonly misses: Admission;
  /** Bounds the bytes that the downloads under way may bring, and hold until they are done with. */
  readonly downloadBytes: Admission;
  /** Whether a download may end as soon as its thumbnail can be made. */
  readonly partialDownloads: boolean;
}

/** What a fetch brought; disposing of it gives back its memory and its places. */
export interface Download extends Disposable {
  readonly source: SourceImage | UnchangedSource;
  readonly fetchMs: number;
}

/** Downloads sources, as many at a time, and as large, as there is room for. */
export class SourceDownloads {
  readonly #options: SourceDownloadsOptions;

  constructor(options: SourceDownloadsOptions) {
    this.#options = options;
  }

  /**
   * The source, or that it has not changed since the job's previous thumbnail was made. Throws as `ImageFetcher.fetch`
   * does; OverloadedError, too, when too many wait or the wait is too long.
   */
  async start({ request, previous }: Job, signal: AbortSignal): Promise<Download> {
    const { fetcher, misses, partialDownloads } = this.#options;
    using held = new DisposableStack();
    held.use(await misses.admit(0, signal));
    const fetching = fetcher.fetch(request.source, {
      signal,
      reserve: (maxBytes) => this.#reserve(maxBytes, held, signal),
      ...(partialDownloads && { judge: prefixJudgeFor(request) }),
      ...(previous !== undefined && { validators: previous.validators }),
    });
    const [source, fetchMs] = await timed(fetching);
    if (source.bytes !== undefined) held.use(source);
    const kept = held.move();
    return { source, fetchMs, [Symbol.dispose]: () => kept.dispose() };
  }

  async #reserve(maxBytes: number, held: DisposableStack, signal: AbortSignal): Promise<void> {
    const place = await this.#options.downloadBytes.admit(maxBytes, signal);
    // A fetch that has met its deadline meanwhile does not wait for this.
    if (held.disposed) place[Symbol.dispose]();
    else held.use(place);
  }
}
