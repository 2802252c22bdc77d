import { rm } from 'node:fs/promises';
import { MAX_ENTRY_BYTES, decodeCacheEntry, encodeCacheEntry } from '../../domain/cache/cache-entry-codec.ts';
import type { CacheEntry } from '../../domain/cache/cache-entry.ts';
import type { CacheKey } from '../../domain/cache/cache-key.ts';
import { formatBytes } from '../../domain/errors/units.ts';
import {
  CacheUnavailableError,
  type Lease,
  type ThumbnailCache,
  UNSHARED_LEASE,
} from '../../ports/thumbnail-cache.ts';
import { diskFault, ifAbsent, isAbsence } from './disk-faults.ts';
import { takeLease } from './disk-leases.ts';
import { DiskSpace } from './disk-space.ts';
import { readEntry, spaceFor, writeEntry } from './entry-file.ts';
import { Layout } from './layout.ts';

export interface DiskThumbnailCacheOptions {
  /** It is created where it is not there. */
  readonly folder: string;
  /** Services that share the folder and have different ones share its size, and nothing else. */
  readonly namespace?: string;
  readonly maxBytes: number;
}

/** More than these wait for a disk that does not answer, and would keep the process's few threads from all else. */
const MAX_PENDING = 256;

/** Thumbnails in a folder, a file each: it outlasts restarts, and the processes of one machine share it. */
export class DiskThumbnailCache implements ThumbnailCache {
  readonly description: string;
  readonly #layout: Layout;
  readonly #space: DiskSpace;
  #pending = 0;
  /** Of the last attempt to make room; the next entry is refused with it, so that it is known. */
  #failure: unknown;
  #closed = false;

  /** @throws Error where the folder cannot be used */
  static async open(options: DiskThumbnailCacheOptions): Promise<DiskThumbnailCache> {
    await layoutOf(options).create();
    return new DiskThumbnailCache(options);
  }

  private constructor(options: DiskThumbnailCacheOptions) {
    const { folder, maxBytes } = options;
    this.description = `disk (${folder}, ${formatBytes(maxBytes)})`;
    this.#layout = layoutOf(options);
    this.#space = new DiskSpace({
      layout: this.#layout,
      limitBytes: maxBytes,
      onFailure: (error) => (this.#failure = error),
    });
  }

  async get(key: CacheKey): Promise<CacheEntry | undefined> {
    if (this.#closed) return undefined;
    return this.#attempt(async () => {
      const bytes = await readEntry(this.#layout.entry(key), Date.now()).catch(ifAbsent);
      return bytes && decodeCacheEntry(key, bytes);
    });
  }

  async set(key: CacheKey, entry: CacheEntry, ttlMs: number): Promise<boolean> {
    if (this.#closed) return false;
    const path = this.#layout.entry(key);
    return this.#attempt(async () => {
      const encoded = encodeCacheEntry(key, entry);
      // NaN is not above 0 either.
      const mayBeKept = ttlMs > 0 && encoded.length <= MAX_ENTRY_BYTES;
      const isKept = mayBeKept && (isSmall(entry) || this.#space.take(spaceFor(encoded.length)));
      if (!isKept) {
        await rm(path, { force: true });
        return false;
      }
      this.#throwFailure();
      await writeEntry(path, encoded, Date.now() + ttlMs).catch(async (error: unknown) => {
        if (!isAbsence(error)) throw error;
        // Somebody has emptied the folder.
        await this.#layout.create();
        await writeEntry(path, encoded, Date.now() + ttlMs);
      });
      return true;
    });
  }

  async lease(key: CacheKey, ttlMs: number): Promise<Lease | undefined> {
    if (this.#closed) return UNSHARED_LEASE;
    const lease = await this.#attempt(() => takeLease(this.#layout.lease(key), ttlMs));
    if (lease === undefined) return undefined;
    return {
      release: () => (this.#closed ? Promise.resolve() : this.#attempt(() => lease.release())),
      renew: (forMs) => this.#attempt(() => lease.renew(forMs)),
    };
  }

  async close(): Promise<void> {
    if (this.#closed) return;
    this.#closed = true;
    await this.#space.close();
  }

  /** What the file system says, as the port has it. */
  async #attempt<T>(work: () => Promise<T>): Promise<T> {
    if (this.#pending >= MAX_PENDING) throw new CacheUnavailableError('the disk does not keep up');
    this.#pending += 1;
    try {
      return await work();
    } catch (error) {
      throw new CacheUnavailableError('the folder of the cache cannot be used', { cause: diskFault(error) });
    } finally {
      this.#pending -= 1;
    }
  }

  #throwFailure(): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure as Error;
  }
}

function layoutOf({ folder, namespace = 'thumbnailer' }: DiskThumbnailCacheOptions): Layout {
  return new Layout(folder, namespace);
}

/** A generation takes a few bytes, and a purge relies on it. */
function isSmall({ kind }: CacheEntry): boolean {
  return kind === 'generation';
}
