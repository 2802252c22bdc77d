import { LRUCache } from 'lru-cache';
import type { CacheKey } from '../../domain/cache/cache-key.ts';
import {
  type CacheEntry,
  imageBytesOf,
  textBytesOf,
  withImageBytes,
} from '../../domain/cache/cache-entry.ts';
import { formatBytes } from '../../domain/errors/units.ts';
import { CacheUnavailableError, type PublishMode, type ThumbnailCache } from '../../ports/thumbnail-cache.ts';

export interface MemoryThumbnailCacheOptions {
  /** What all entries may take together, in bytes. */
  readonly maxBytes: number;
}

/** What a generation takes, which has no thumbnail, no validators and no texts. */
const GENERATION_BYTES = 512;

/**
 * What an entry takes besides its image and its texts: key, objects, lru-cache's slots. 700 bytes of heap on Node 24,
 * measured with 50,000 entries, and some for what the allocator rounds up.
 */
const ENTRY_OVERHEAD_BYTES = 1024;

/**
 * Keeps the entries used last in this process's memory, up to a number of bytes. An entry that is larger than that
 * on its own is not kept, nor is the older one under its key.
 */
export class MemoryThumbnailCache implements ThumbnailCache {
  readonly description: string;
  readonly isLocal = true;
  readonly #entries: LRUCache<CacheKey, CacheEntry>;
  #closed = false;

  constructor({ maxBytes }: MemoryThumbnailCacheOptions) {
    this.description = `memory (${formatBytes(maxBytes)})`;
    this.#entries = new LRUCache({ maxSize: maxBytes, sizeCalculation: sizeOf });
  }

  get(key: CacheKey): Promise<CacheEntry | undefined> {
    return Promise.resolve(this.#entries.get(key));
  }

  getSync(key: CacheKey): CacheEntry | undefined {
    return this.#entries.get(key);
  }

  set(key: CacheKey, entry: CacheEntry, ttlMs: number): Promise<boolean> {
    // lru-cache takes whole milliseconds, and 0 for "never expires".
    const ttl = Math.floor(Math.min(ttlMs, Number.MAX_SAFE_INTEGER));
    if (this.#closed || !(ttl >= 1)) this.#entries.delete(key);
    else this.#entries.set(key, withOwnBytes(entry), { ttl });
    return Promise.resolve(this.#entries.has(key));
  }

  async publish(key: CacheKey, entry: CacheEntry, ttlMs: number, mode: PublishMode): Promise<boolean> {
    if (mode === 'add' && this.#entries.has(key)) return false;
    if (await this.set(key, entry, ttlMs)) return true;
    throw new CacheUnavailableError('the memory cache is closed, or too small for anything');
  }

  getPublished(key: CacheKey): Promise<CacheEntry | undefined> {
    return this.get(key);
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#entries.clear();
    return Promise.resolve();
  }
}

function sizeOf(entry: CacheEntry): number {
  if (entry.kind === 'generation') return GENERATION_BYTES;
  return imageBytesOf(entry).byteLength + textBytesOf(entry) + ENTRY_OVERHEAD_BYTES;
}

/** A view keeps all of its buffer alive, a receive buffer of 64 KiB for instance: a copy holds what is counted. */
function withOwnBytes(entry: CacheEntry): CacheEntry {
  const bytes = imageBytesOf(entry);
  if (bytes.byteLength === bytes.buffer.byteLength) return entry;
  const own = Buffer.allocUnsafeSlow(bytes.byteLength);
  own.set(bytes);
  return withImageBytes(entry, own);
}
