import { fileURLToPath } from 'node:url';
import { SourceForbiddenError } from '../../domain/errors/index.ts';
import type { SourceUrl } from '../../domain/request/source-url.ts';
import { ClosableWork } from '../../domain/work/closable-work.ts';
import { raceSignal } from '../../domain/work/race.ts';
import type { FetchOptions, ImageFetcher, SourceAnswer } from '../../ports/image-fetcher.ts';
import { statusOf, translateError, withoutPath } from './file-errors.ts';
import { ImageOnDisk } from './image-on-disk.ts';
import { openWithin } from './open-within.ts';

export interface FolderImageFetcherOptions {
  /** Absolute, ending with a slash. Nothing outside of it is read. */
  readonly folder: string;
}

/** Reads images from a folder. */
export class FolderImageFetcher implements ImageFetcher {
  readonly #folder: string;
  readonly #work = new ClosableWork();

  constructor({ folder }: FolderImageFetcherOptions) {
    this.#folder = folder;
  }

  async fetch({ href }: SourceUrl, { signal, validators }: FetchOptions): Promise<SourceAnswer> {
    using held = new DisposableStack();
    const ending = this.#work.begin(signal, held);
    const opened = await openedBefore(this.#open(fileURLToPath(href)), ending);
    const head =
      typeof opened === 'number'
        ? { status: opened, headers: {}, body: nothing() }
        : headOf(held.use(opened), ending, validators?.href === href ? validators.etag : undefined);
    const kept = held.move();
    return { href, ...head, [Symbol.dispose]: () => kept.dispose() };
  }

  close(): Promise<void> {
    this.#work.close();
    return Promise.resolve();
  }

  async #open(path: string): Promise<Opened> {
    if (!path.startsWith(this.#folder))
      throw new SourceForbiddenError(`the path leads out of ${this.#folder}`);
    try {
      const file = await openWithin(this.#folder, path);
      const facts = await file.stat({ bigint: true });
      const image = new ImageOnDisk(file, facts);
      if (facts.isFile()) return image;
      image[Symbol.dispose]();
      return 404;
    } catch (error) {
      const status = statusOf(error);
      if (status === undefined) throw translateError(withoutPath(error));
      return status;
    }
  }
}

/** The image, or the status that says why there is none. */
type Opened = ImageOnDisk | number;

function headOf(image: ImageOnDisk, signal: AbortSignal, knownVersion: string | undefined) {
  const { headers } = image;
  return headers.etag === knownVersion
    ? { status: 304, headers, body: nothing() }
    : { status: 200, headers, body: image.content(signal) };
}

/** What a slow file system opens after the signal has aborted is closed. */
async function openedBefore(opening: Promise<Opened>, signal: AbortSignal): Promise<Opened> {
  try {
    return await raceSignal(opening, signal);
  } catch (error) {
    opening.then(
      (late) => (typeof late === 'number' ? undefined : late[Symbol.dispose]()),
      () => undefined,
    );
    throw error;
  }
}

async function* nothing(): AsyncGenerator<never> {
  // Deliberately nothing.
}
