import type { ImageResizer } from '../../ports/image-resizer.ts';
import { refuseLargeAnimation } from '../image/animation.ts';
import { type ImageFile, type InputLimits, openImage, openWholeImage } from '../image/image-file.ts';
import { isIntermediate } from '../image/intermediate-image.ts';
import { type FileReader, PartialDecoder } from '../image/partial/partial-decoder.ts';
import type { Thumbnail } from '../image/thumbnail.ts';
import type { ThumbnailSpec } from '../request/thumbnail-spec.ts';
import type { SourceUrl } from '../request/source-url.ts';
import type { Caller } from '../work/requester.ts';
import { SingleFlight } from '../work/single-flight.ts';
import { timed } from '../work/timed.ts';
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
import {
  HOLDS_NOTHING,
  type ReadTimings,
  type Reading,
  type SourceFile,
  type SourceImage,
  type SourceUnchanged,
} from './reading.ts';
import type { ReceivedBody } from './receive.ts';
import type { SourceForm } from './shared-memory.ts';
import type { SourceCache } from './source-cache.ts';
import { formFor, isEnough, keptFile, withForm } from './source-forms.ts';

export interface SourceReaderOptions {
  readonly downloads: Downloads;
  readonly resizer: ImageResizer;
  readonly inputs: InputLimits;
  readonly lifetimes: LifetimePolicy;
  readonly cache: SourceCache;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** A source to read. */
interface SourceToRead {
  readonly source: OpenSource;
  /** Of what was made earlier: to be asked whether the source has changed since. */
  readonly validators?: SourceValidators | undefined;
}

/** One to read for a thumbnail. */
export interface ReadRequest extends SourceToRead {
  /** Of the source; where it is not known, the source is read, and nothing of it is kept. See `Generations`. */
  readonly generation: string | undefined;
  readonly spec: ThumbnailSpec;
  /** Read the source although it is kept. */
  readonly refresh?: boolean;
}

/** One whose file is to be read, as far as it is needed. */
export interface FileRequest extends SourceToRead {
  readonly endsWith: FileReader;
}

/** A file that was read for one of those who share it. */
interface SharedFile extends SourceFile {
  readonly readFor: ReadRequest;
}

/**
 * Reads sources, each once for all who want thumbnails of it at a time, or soon after: its sizes and formats are asked for
 * together. It is the only one that knows whether a source is remote, an upload or a sample.
 */
export class SourceReader {
  readonly #options: SourceReaderOptions;
  readonly #files = new SingleFlight<string, SharedFile>();
  readonly #forms = new SingleFlight<string, MadeForm>();

  constructor(options: SourceReaderOptions) {
    this.#options = options;
  }

  /**
   * The source's image, or that it has not changed since the previous thumbnail was made. Throws as `Downloads.start`,
   * `openImage` and `ImageResizer.decode` do; also what another's reading that it waited for has met.
   */
  async read(request: ReadRequest, caller: Caller): Promise<Reading> {
    const reading = await this.#read(request, caller);
    try {
      this.#checkAnimation(reading, request.spec);
      return reading;
    } catch (error) {
      reading[Symbol.dispose]();
      throw error;
    }
  }

  #checkAnimation(reading: Reading, spec: ThumbnailSpec): void {
    const { animations } = this.#options.inputs;
    if (animations === undefined || reading.kind !== 'image' || isIntermediate(reading.image)) return;
    refuseLargeAnimation(reading.image, spec, animations);
  }

  async #read(request: ReadRequest, caller: Caller): Promise<Reading> {
    const { source, spec, validators, refresh } = request;
    const mayUseKept = refresh !== true && request.generation !== undefined;
    const kept = mayUseKept ? this.#options.cache.get(keyOf(request)) : undefined;
    const form = kept && formFor(kept, spec, this.#options.resizer);
    if (kept !== undefined && form !== undefined) {
      this.#options.cache.countUse();
      return this.#readingOfForm(form, kept, {});
    }
    // One that asks whether the source has changed asks for itself alone; and an upload's bytes are its sender's.
    if (source.url === undefined || validators !== undefined || refresh === true) {
      return this.#readAlone(request, caller);
    }
    return this.#readTogether(request, source.url, caller);
  }

  /** Keeps nothing of a source that was read before then (Unix milliseconds). */
  forgetOlder(request: Pick<ReadRequest, 'source' | 'generation'>, thenMs: number): void {
    this.#options.cache.deleteOlder(keyOf(request), thenMs);
  }

  /** Keeps nothing of a source any longer. */
  forget(request: Pick<ReadRequest, 'source' | 'generation'>): void {
    this.#options.cache.delete(keyOf(request));
  }

  /** The source's file, for what is no thumbnail, or that it has not changed. Throws as `Downloads.start` and `openImage` do. */
  async readFile(request: FileRequest, caller: Caller): Promise<SourceUnchanged | SourceFile> {
    const { url } = request.source;
    return url === undefined ? this.#brought(request) : this.#download(request, url, caller);
  }

  async #readAlone(request: ReadRequest, caller: Caller): Promise<Reading> {
    using held = new DisposableStack();
    const read = await this.readFile(fileRequest(request), caller);
    if (read.kind === 'unchanged') return read;
    held.use(read);
    return this.#readingOf(request, read, await timed(this.#formToKeep(request, read, caller)), held);
  }

  /** The file is read once for all who want one of the source's thumbnails, and decoded once for those with one plan. */
  async #readTogether(request: ReadRequest, url: SourceUrl, caller: Caller): Promise<Reading> {
    const key = keyOf(request);
    using held = new DisposableStack();
    const [share, waitMs] = await timed(
      this.#files.join(key, caller, (flight) => this.#downloadForAll(request, url, flight)),
    );
    held.use(share);
    const isOwn = share.value.readFor === request;
    if (!isOwn && !isEnough(share.value.file, request.spec)) {
      // One that waits for a slot holds none.
      share[Symbol.dispose]();
      return await this.#readAlone(request, caller);
    }
    const read = isOwn ? share.value : { ...share.value, timings: { waitMs } };
    const plan = this.#options.resizer.planOf?.(read.file, request.spec) ?? '';
    const form = await timed(
      this.#forms.run(`${key}\n${plan}`, caller, async (flight) => {
        // The decoder may go on for a while after the last one has left.
        using _file = share.hold();
        return await this.#formToKeep(request, read, flight);
      }),
    );
    return this.#readingOf(request, read, form, held);
  }

  /** Given back once nobody has a share in it. */
  async #downloadForAll(request: ReadRequest, url: SourceUrl, flight: Caller): Promise<SharedFile> {
    const read = await this.#download(fileRequest(request), url, flight);
    if (read.kind === 'unchanged') throw new Error('a source is unchanged since nothing');
    const giveBack = () => read[Symbol.dispose]();
    if (flight.signal.aborted) giveBack();
    else flight.signal.addEventListener('abort', giveBack, { once: true });
    return { ...read, readFor: request };
  }

  async #download(
    { endsWith, validators }: FileRequest,
    url: SourceUrl,
    caller: Caller,
  ): Promise<SourceUnchanged | SourceFile> {
    const { downloads, inputs } = this.#options;
    const { inputFormats } = inputs;
    using held = new DisposableStack();
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
    const own = { file, validators: known };
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
    return { kind: 'file', file, validators: {}, lifetime, timings, ...HOLDS_NOTHING };
  }

  /** The form that a thumbnail is made from, where it is worth keeping: then it is kept, too. */
  async #formToKeep(request: ReadRequest, read: SourceFile, caller: Caller): Promise<MadeForm> {
    const { cache } = this.#options;
    const forming = cache.keepsAny ? this.#form(read.file, request, caller) : Promise.resolve({});
    const made: Omit<MadeForm, 'request'> = await forming.catch((error: unknown) => {
      throw shownBy(error, read.lifetime.saidMs);
    });
    const isKept = read.lifetime.storable && request.generation !== undefined;
    if (made.form === undefined || !isKept) return { ...made, request };
    const key = keyOf(request);
    // A refresh wants nothing of what was made of the source before.
    const kept = request.refresh === true ? undefined : cache.get(key);
    cache.set(key, withForm(kept, read.file, { ...read, readAtMs: this.#options.now() }, made.form));
    return { ...made, request };
  }

  async #form(file: ImageFile, { spec }: ReadRequest, caller: Caller): Promise<Omit<MadeForm, 'request'>> {
    const { resizer } = this.#options;
    if (resizer.planOf?.(file, spec) === undefined) return { form: keptFile(file) };
    const decoded = await resizer.decode?.(file, spec, caller);
    return { form: decoded?.image, thumbnail: decoded?.thumbnail };
  }

  /** Of the form where there is one; else of the file, with all that is held for it. */
  #readingOf(
    request: ReadRequest,
    read: SourceFile,
    [{ form, ...made }, decodeMs]: readonly [MadeForm, number],
    held: DisposableStack,
  ): SourceImage {
    if (form !== undefined) {
      const timings = isIntermediate(form) ? { ...read.timings, decodeMs } : read.timings;
      const thumbnail = made.request === request ? made.thumbnail : undefined;
      return { ...this.#readingOfForm(form, read, timings), thumbnail };
    }
    const kept = held.move();
    return { ...read, kind: 'image', image: read.file, [Symbol.dispose]: () => kept.dispose() };
  }

  #readingOfForm(
    image: SourceForm,
    { validators, lifetime }: Pick<SourceFile, 'validators' | 'lifetime'>,
    timings: ReadTimings,
  ): SourceImage {
    const held = this.#options.cache.hold(image);
    return {
      kind: 'image',
      image,
      validators,
      lifetime,
      timings,
      [Symbol.dispose]: () => held[Symbol.dispose](),
    };
  }

  #lifetimeOf(freshness: SourceFreshness): Lifetime {
    const ttlMs = lifetimeOf(freshness, this.#options.lifetimes);
    const freshUntilMs = this.#options.now() + (ttlMs ?? 0);
    return { storable: ttlMs !== undefined, freshUntilMs, saidMs: saidMsOf(freshness) };
  }
}

const NO_BYTES = new Uint8Array();

/** What was made of a file to keep, and for whom: the thumbnail is that request's alone. */
interface MadeForm {
  readonly form?: SourceForm | undefined;
  readonly thumbnail?: Thumbnail | undefined;
  readonly request: ReadRequest;
}

function fileRequest(request: ReadRequest): FileRequest {
  return { ...request, endsWith: new PartialDecoder(request.spec) };
}

/** No name has a line break in it. */
function keyOf({ source, generation }: Pick<ReadRequest, 'source' | 'generation'>): string {
  return `${source.name}\n${generation ?? ''}`;
}
