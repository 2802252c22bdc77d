import type { RequestKeys } from '../cache/cache-key.ts';
import type { ImageResizer } from '../../ports/image-resizer.ts';
import { refuseLargeAnimation } from '../image/animation.ts';
import type { ImageFile, InputLimits } from '../image/image-file.ts';
import { isIntermediate } from '../image/intermediate-image.ts';
import { PartialDecoder } from '../image/partial/partial-decoder.ts';
import type { Thumbnail } from '../image/thumbnail.ts';
import type { ThumbnailSpec } from '../request/thumbnail-spec.ts';
import type { Caller } from '../work/requester.ts';
import { SingleFlight } from '../work/single-flight.ts';
import { timed } from '../work/timed.ts';
import { shownBy } from './freshness.ts';
import type { ReadTimings, Reading, SourceFile, SourceImage } from './reading.ts';
import type { SourceForm } from './shared-memory.ts';
import type { SourceCache } from './source-cache.ts';
import type { FileRequest, SourceFiles, SourceToRead } from './source-files.ts';
import { formFor, isEnough, keptFile, withForm } from './source-forms.ts';

export interface SourceReaderOptions {
  readonly files: SourceFiles;
  readonly resizer: ImageResizer;
  readonly inputs: InputLimits;
  readonly cache: SourceCache;
  /** Unix milliseconds. */
  readonly now: () => number;
}

/** One to read for a thumbnail. */
export interface ReadRequest extends SourceToRead {
  readonly keys: Pick<RequestKeys, 'policy'>;
  /** Of the source; where it is not known, the source is read, and nothing of it is kept. See `Generations`. */
  readonly generation: string | undefined;
  readonly spec: ThumbnailSpec;
  /** Read the source although it is kept. */
  readonly refresh?: boolean;
}

/** What of it decides which of the sources that are kept is read again. */
type ReadKey = Pick<ReadRequest, 'source' | 'generation' | 'keys'>;

/** A file that was read for one of those who share it. */
interface SharedFile extends SourceFile {
  readonly readFor: ReadRequest;
}

/**
 * Reads sources, each once for all who want thumbnails of it at a time, or soon after: its sizes and formats are asked for
 * together.
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
    return this.#readTogether(request, caller);
  }

  /** Keeps nothing of a source that was read before then (Unix milliseconds). */
  forgetOlder(request: ReadKey, thenMs: number): void {
    this.#options.cache.deleteOlder(keyOf(request), thenMs);
  }

  /** Keeps nothing of a source any longer. */
  forget(request: ReadKey): void {
    this.#options.cache.delete(keyOf(request));
  }

  async #readAlone(request: ReadRequest, caller: Caller): Promise<Reading> {
    using held = new DisposableStack();
    const read = await this.#options.files.read(fileRequest(request), caller);
    if (read.kind === 'unchanged') return read;
    held.use(read);
    return this.#readingOf(request, read, await timed(this.#formToKeep(request, read, caller)), held);
  }

  /** The file is read once for all who want one of the source's thumbnails, and decoded once for those with one plan. */
  async #readTogether(request: ReadRequest, caller: Caller): Promise<Reading> {
    const key = keyOf(request);
    using held = new DisposableStack();
    const [share, waitMs] = await timed(
      this.#files.join(key, caller, (flight) => this.#readForAll(request, flight)),
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
  async #readForAll(request: ReadRequest, flight: Caller): Promise<SharedFile> {
    const read = await this.#options.files.read(fileRequest(request), flight);
    if (read.kind === 'unchanged') throw new Error('a source is unchanged since nothing');
    const giveBack = () => read[Symbol.dispose]();
    if (flight.signal.aborted) giveBack();
    else flight.signal.addEventListener('abort', giveBack, { once: true });
    return { ...read, readFor: request };
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
    cache.set(key, withForm(kept, read, made.form));
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
}

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
function keyOf({ source, generation, keys }: ReadKey): string {
  return `${source.name}\n${generation ?? ''}\n${keys.policy}`;
}
