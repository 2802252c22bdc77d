import type { ImageResizer } from '../../ports/image-resizer.ts';
import type { ThumbnailCache } from '../../ports/thumbnail-cache.ts';
import { type MadeEntry, infoEntry, renewed, thumbnailEntry } from '../cache/cache-entry.ts';
import { type Generations, UNPURGED } from '../cache/generations.ts';
import { InfoReader } from '../info/info-reader.ts';
import { makeInfo } from '../info/make-info.ts';
import { type InfoSpec, isInfoSpec } from '../request/info-spec.ts';
import type { ThumbnailSpec } from '../request/thumbnail-spec.ts';
import {
  STALE_RETRY_MS,
  goodUntilMs,
  isOfTheImage,
  isTransient,
  keptUntilMs,
  restored,
  takesStaleAway,
} from '../cache/negative-caching.ts';
import { CorruptImageError, RememberedError, ThumbnailerError } from '../errors/index.ts';
import { type Lifetime, type LifetimePolicy, shownBy } from '../source/freshness.ts';
import type { SourceFile, SourceImage, SourceUnchanged } from '../source/reading.ts';
import type { SourceFiles } from '../source/source-files.ts';
import type { SourceReader } from '../source/source-reader.ts';
import { timed } from '../work/timed.ts';
import type { Job } from './job.ts';
import type { SourceNews } from './source-news.ts';
import type { Timings } from './thumbnail-result.ts';

export interface ThumbnailMakerOptions {
  readonly files: SourceFiles;
  readonly reader: SourceReader;
  readonly resizer: ImageResizer;
  readonly cache: ThumbnailCache;
  readonly generations: Generations;
  readonly news: SourceNews;
  readonly lifetimes: LifetimePolicy;
  /** Unix milliseconds. */
  readonly now: () => number;
}

export interface Made {
  readonly entry: MadeEntry;
  /** Whether the cache has it; undefined where that is not known. */
  readonly stored: boolean | undefined;
  /** Whether the source wants it kept nowhere. */
  readonly isPrivate?: boolean;
  /** Whether it is the previous one, because the source fails for now. */
  readonly isOutdated?: boolean;
  /** Whether somebody else made it, and this request waited for that. */
  readonly isCollapsed?: boolean;
  readonly timings: Omit<Timings, 'cacheMs'>;
}

/** The sizes that a page shows are asked for within less, and find the same image. Jobs that end sooner are spared a trip. */
const SLOW_MS = 1000;

/** A job that has begun. */
interface BegunJob extends Job {
  /** Unix milliseconds. */
  readonly startedAtMs: number;
}

/** Reads a source, makes a thumbnail or an info of it, and keeps in the cache what came of it, an error too. */
export class ThumbnailMaker {
  readonly #options: ThumbnailMakerOptions;

  constructor(options: ThumbnailMakerOptions) {
    this.#options = options;
  }

  /**
   * Where the source has not changed since `previous` was made, that one is fresh again, at the cost of neither download
   * nor decode. Where the source fails for now, `previous` is better for a while (stale-if-error), in which the source is
   * asked only now and then.
   *
   * @throws ThumbnailerError, and remembers it for as long as it is likely to last (negative caching)
   */
  async make(job: Job, signal: AbortSignal): Promise<Made> {
    const { news, reader, lifetimes, now } = this.#options;
    const [startedAt, startedAtMs] = [performance.now(), now()];
    const begun = { ...job, startedAtMs };
    const { previous, refresh } = job;
    const known = await news.find(job);
    if (known !== undefined) reader.forgetOlder(job, known.createdAtMs);
    const fault = known?.kind === 'failure' ? known : undefined;
    try {
      const mayAsk = fault === undefined || (refresh && startedAtMs - fault.createdAtMs >= lifetimes.minMs);
      if (!mayAsk) throw restored(fault, startedAtMs);
      const made = await this.#make(begun, signal);
      const isAnother = (refresh || previous !== undefined) && !isSame(made.entry, previous);
      if (isAnother || fault !== undefined) await news.noteChange(job, startedAtMs);
      return made;
    } catch (error) {
      if (signal.aborted) throw error;
      // What is asked for once the fault is forgotten is the source, not what was kept of it.
      if (isNewFaultOfImage(error)) reader.forget(job);
      const isRemembered = await news.remember(job, error);
      if (previous === undefined) {
        if (!isRemembered) await news.tellWaiting(job, error);
        throw error;
      }
      if (isTransient(error) && goodUntilMs(previous, lifetimes) > now()) {
        return await this.#goOnWith(previous, begun, startedAt);
      }
      if (takesStaleAway(error)) await news.takeAway(job, error);
      throw error;
    }
  }

  async #goOnWith(previous: MadeEntry, job: BegunJob, startedAt: number): Promise<Made> {
    const { freshUntilMs, staleSinceMs = freshUntilMs } = previous;
    const nowMs = this.#options.now();
    const retryAtMs = Math.min(nowMs + STALE_RETRY_MS, goodUntilMs(previous, this.#options.lifetimes));
    // Where a refresh has failed, it is fresh still, and stays so.
    const dates = freshUntilMs > nowMs ? {} : { staleSinceMs, freshUntilMs: retryAtMs };
    const entry = { ...previous, ...dates, createdAtMs: nowMs };
    const stored = await this.#set(job, entry);
    return { entry, stored, isOutdated: true, timings: { fetchMs: performance.now() - startedAt } };
  }

  async #make(job: BegunJob, signal: AbortSignal): Promise<Made> {
    const { files, reader } = this.#options;
    const { spec, previous } = job;
    const wanted = { ...job, validators: previous?.validators };
    const caller = { requester: job.requester, signal };
    if (isInfoSpec(spec)) {
      using reading = await files.read({ ...wanted, endsWith: new InfoReader(spec) }, caller);
      return await (reading.kind === 'unchanged'
        ? this.#renew(job, reading)
        : shown(this.#inform(job, spec, reading, signal), reading));
    }
    using reading = await reader.read({ ...wanted, spec }, caller);
    return await (reading.kind === 'unchanged'
      ? this.#renew(job, reading)
      : shown(this.#resize(job, spec, reading, signal), reading));
  }

  async #inform(job: BegunJob, spec: InfoSpec, reading: SourceFile, signal: AbortSignal): Promise<Made> {
    const { generation = UNPURGED, requester } = job;
    const { resizer, now } = this.#options;
    const { file, validators, timings } = reading;
    const [made, resizeMs] = await timed(makeInfo(file, spec, resizer, { signal, requester }));
    const lifetime = made.isDamaged ? this.#lifetimeOfDamaged(job, reading) : reading.lifetime;
    const entry = infoEntry(made, { generation, validators, nowMs: now(), ...lifetime });
    const stored = await this.#keep(job, entry, lifetime);
    return { entry, stored, isPrivate: !lifetime.storable, timings: { ...timings, resizeMs } };
  }

  async #resize(
    job: BegunJob,
    spec: ThumbnailSpec,
    reading: SourceImage,
    signal: AbortSignal,
  ): Promise<Made> {
    const { generation = UNPURGED, requester } = job;
    const { resizer, now } = this.#options;
    const { image, validators, timings } = reading;
    const [thumbnail, ms] =
      reading.thumbnail === undefined
        ? await timed(resizer.resize(image, spec, { signal, requester }))
        : [reading.thumbnail, 0];
    const lifetime =
      thumbnail.original.isDamaged === true ? this.#lifetimeOfDamaged(job, reading) : reading.lifetime;
    const entry = thumbnailEntry(thumbnail, { generation, validators, nowMs: now(), ...lifetime });
    const { decodeMs = 0, ...others } = timings;
    const stored = await this.#keep(job, entry, lifetime);
    const isPrivate = !lifetime.storable;
    return { entry, stored, isPrivate, timings: { ...others, resizeMs: decodeMs + ms } };
  }

  /**
   * The source is soon asked again, as its file may be under upload.
   *
   * @throws CorruptImageError where there is one of a sound file: that one stays
   */
  #lifetimeOfDamaged({ previous, ...job }: Job, { lifetime }: Pick<SourceFile, 'lifetime'>): Lifetime {
    const { reader, lifetimes, now } = this.#options;
    reader.forget(job);
    if (previous !== undefined && !isOfDamaged(previous) && goodUntilMs(previous, lifetimes) > now()) {
      const cause = new Error('the thumbnail of a sound file is better');
      // Where there is none, one of a damaged file is: this is nothing to remember.
      throw shownBy(new CorruptImageError({ cause }), 0);
    }
    return { ...lifetime, freshUntilMs: Math.min(lifetime.freshUntilMs, now() + lifetimes.faultsMs) };
  }

  async #renew(job: BegunJob, { validators, lifetime, timings }: SourceUnchanged): Promise<Made> {
    if (job.previous === undefined) throw new Error('a source is unchanged since nothing');
    const { generation } = job.previous;
    const nowMs = this.#options.now();
    const entry = renewed(job.previous, { generation, validators, nowMs, ...lifetime });
    return { entry, stored: await this.#keep(job, entry, lifetime), isPrivate: !lifetime.storable, timings };
  }

  /** Longer than it is fresh: a stale thumbnail is still good for a client while a new one is made. */
  async #keep(job: BegunJob, entry: MadeEntry, { storable }: Lifetime): Promise<boolean | undefined> {
    if (storable) return this.#set(job, entry);
    await this.#forget(job);
    return false;
  }

  /** What a source wants kept nowhere from now on may have been kept before, in any size. */
  async #forget(job: Job): Promise<void> {
    const { keys, generation, mayBeKept } = job;
    if (keys.generation === undefined || generation === undefined || !mayBeKept) return;
    await this.#options.generations.begin(keys.generation).catch(async () => {
      // The cache does not answer. At least this one does not stay in this process's memory.
      if (job.previous !== undefined) await this.#options.cache.set(keys.thumbnail, job.previous, 0);
    });
  }

  /** Whether the cache has it now. What could not be proven current later is not kept. */
  async #set(job: BegunJob, entry: MadeEntry): Promise<boolean | undefined> {
    const { cache, lifetimes, now } = this.#options;
    if (job.generation === undefined || (await this.#isOutdated(job))) return false;
    return cache.set(job.keys.thumbnail, entry, keptUntilMs(entry, lifetimes) - now());
  }

  /** Whether somebody, by a refresh for instance, has found another image while this job waited for a slow source. */
  async #isOutdated(job: BegunJob): Promise<boolean> {
    const { news, now } = this.#options;
    const sinceMs = job.startedAtMs + SLOW_MS;
    return now() > sinceMs && (await news.hasChanged(job, sinceMs));
  }
}

/** What was made of a reading; an error of it with what the answer says that was read. */
async function shown(making: Promise<Made>, { lifetime }: SourceFile | SourceImage): Promise<Made> {
  return making.catch((error: unknown) => {
    throw shownBy(error, lifetime.saidMs);
  });
}

/** Whether it is one of the bytes that were read, and not one that was met before. */
function isNewFaultOfImage(error: unknown): boolean {
  const isNew = error instanceof ThumbnailerError && !(error instanceof RememberedError);
  return isNew && isOfTheImage(error.code);
}

/** Whether it is the one before, which was fresh again. */
function isSame(entry: MadeEntry, previous: MadeEntry | undefined): boolean {
  if (entry.kind === 'info') return previous?.kind === 'info' && previous.info === entry.info;
  return previous?.kind === 'thumbnail' && previous.thumbnail === entry.thumbnail;
}

function isOfDamaged(entry: MadeEntry): boolean {
  return (entry.kind === 'info' ? entry.isDamaged : entry.thumbnail.original.isDamaged) === true;
}
