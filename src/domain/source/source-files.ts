import { type ImageFile, type InputLimits, openImage, openWholeImage } from '../image/image-file.ts';
import type { FileReader } from '../image/partial/partial-decoder.ts';
import type { SourceUrl } from '../request/source-url.ts';
import type { Caller } from '../work/requester.ts';
import type { Downloads } from './downloads.ts';
import {
  type Lifetime,
  type LifetimePolicy,
  type SourceFreshness,
  type SourceValidators,
  lifetimeOf,
  saidMsOf,
  shownBy,
} from './freshness.ts';
import type { OpenSource } from './open-source.ts';
import { HOLDS_NOTHING, type SourceFile, type SourceUnchanged } from './reading.ts';
import type { ReceivedBody } from './receive.ts';

export interface SourceFilesOptions {
  readonly downloads: Downloads;
  readonly inputs: InputLimits;
  readonly lifetimes: LifetimePolicy;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** A source to read. */
export interface SourceToRead {
  readonly source: OpenSource;
  /** Of what was made earlier: to be asked whether the source has changed since. */
  readonly validators?: SourceValidators | undefined;
}

/** One whose file is to be read, as far as it is needed. */
export interface FileRequest extends SourceToRead {
  readonly endsWith: FileReader;
}

/** Reads the files of sources. It is the only one that knows whether a source is remote, an upload or a sample. */
export class SourceFiles {
  readonly #options: SourceFilesOptions;

  constructor(options: SourceFilesOptions) {
    this.#options = options;
  }

  /** The file, or that it has not changed. Throws as `Downloads.start` and `openImage` do. */
  async read(request: FileRequest, caller: Caller): Promise<SourceUnchanged | SourceFile> {
    const { url } = request.source;
    return url === undefined ? this.#brought(request) : this.#download(request, url, caller);
  }

  async #download(
    { endsWith, validators }: FileRequest,
    url: SourceUrl,
    caller: Caller,
  ): Promise<SourceUnchanged | SourceFile> {
    const { downloads, inputs, now } = this.#options;
    const { inputFormats } = inputs;
    using held = new DisposableStack();
    const readAtMs = now();
    const wanted = { url, endsWith, inputFormats, validators };
    const download = held.use(await downloads.start(wanted, caller));
    const facts = {
      lifetime: this.#lifetimeOf(download.freshness),
      timings: { fetchMs: download.fetchMs },
    };
    const { validators: known } = download;
    if (download.body === undefined)
      return { kind: 'unchanged', validators: known, ...facts, ...HOLDS_NOTHING };
    const file = this.#open(download.body, facts.lifetime);
    const kept = held.move();
    const own = { file, readAtMs, validators: known };
    return { kind: 'file', ...own, ...facts, [Symbol.dispose]: () => kept.dispose() };
  }

  #open(body: ReceivedBody, { saidMs }: Lifetime): ImageFile {
    try {
      return openImage(body, this.#options.inputs);
    } catch (error) {
      throw shownBy(error, saidMs);
    }
  }

  /** What came with the request; who brought it gives it back. */
  #brought({ source: { bytes = NO_BYTES, receivedMs } }: FileRequest): SourceFile {
    const file = openWholeImage(bytes, this.#options.inputs);
    const lifetime = this.#lifetimeOf({ storable: true, ttlMs: undefined });
    const timings = receivedMs === undefined ? {} : { fetchMs: receivedMs };
    const readAtMs = this.#options.now();
    return { kind: 'file', file, readAtMs, validators: {}, lifetime, timings, ...HOLDS_NOTHING };
  }

  #lifetimeOf(freshness: SourceFreshness): Lifetime {
    const ttlMs = lifetimeOf(freshness, this.#options.lifetimes);
    const freshUntilMs = this.#options.now() + (ttlMs ?? 0);
    const { mustRevalidate } = freshness;
    return {
      storable: ttlMs !== undefined,
      freshUntilMs,
      ...(mustRevalidate && { mustRevalidate }),
      saidMs: saidMsOf(freshness),
    };
  }
}

const NO_BYTES = new Uint8Array();
