import { Buffer } from 'node:buffer';
import { createHash, randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** @import { AdapterKit, CacheContext, CacheEntry, CacheKey, ThumbnailCache } from 'thumbnailer/adapter-kit' */

/** When its time is over, in Unix milliseconds as a double, stands before each entry. A double knows "for ever" too. */
const EXPIRY_BYTES = 8;

/**
 * The adapter's way in: the service calls it once, at the start.
 *
 * @param {CacheContext} context
 */
export default async function openDirectoryCache({ kit }) {
  const directory = process.env['DIRECTORY_CACHE'];
  if (!directory) throw new Error('DIRECTORY_CACHE is not set: it names the directory that holds the cache');
  // Thumbnails of private images are nobody else's to read.
  await mkdir(directory, { recursive: true, mode: 0o700 });
  return new DirectoryCache({ directory, kit });
}

/**
 * A file for each entry. It outlasts restarts, and the processes of one machine may share it. Nothing in it bounds its
 * size: what is older than CACHE_TTL_MAX is never read again, and `find "$DIRECTORY_CACHE" -mtime +30 -delete` removes it.
 *
 * @implements {ThumbnailCache}
 */
export class DirectoryCache {
  /** @readonly */ description;
  /** @type {string} */ #directory;
  /** @type {AdapterKit} */ #kit;
  #closed = false;

  /** @param {{ directory: string, kit: AdapterKit }} options */
  constructor({ directory, kit }) {
    this.description = `directory ${directory}`;
    this.#directory = directory;
    this.#kit = kit;
  }

  /**
   * @param {CacheKey} key
   * @returns {Promise<CacheEntry | undefined>}
   */
  async get(key) {
    if (this.#closed) return undefined;
    const stored = await readFile(this.#pathOf(key)).catch(ifAbsent);
    if (stored === undefined || stored.length < EXPIRY_BYTES) return undefined;
    if (!(stored.readDoubleBE() > Date.now())) return undefined;
    // The digest in it finds out what a crash has left half written, so nothing here waits for the disk.
    return this.#kit.decodeCacheEntry(key, stored.subarray(EXPIRY_BYTES));
  }

  /**
   * @param {CacheKey} key
   * @param {CacheEntry} entry
   * @param {number} ttlMs
   * @returns whether it is kept
   */
  async set(key, entry, ttlMs) {
    if (this.#closed) return false;
    const path = this.#pathOf(key);
    // NaN is not above 0 either.
    if (!(ttlMs > 0)) {
      await rm(path, { force: true });
      return false;
    }
    const expiry = Buffer.alloc(EXPIRY_BYTES);
    expiry.writeDoubleBE(Date.now() + ttlMs);
    await replaceFile(path, Buffer.concat([expiry, this.#kit.encodeCacheEntry(key, entry)]));
    return true;
  }

  async close() {
    this.#closed = true;
  }

  /**
   * A hash, as keys tell upper from lower case and have a colon, which some file systems do not take.
   *
   * @param {CacheKey} key
   */
  #pathOf(key) {
    return join(this.#directory, createHash('sha256').update(key).digest('hex'));
  }
}

/**
 * Renaming is atomic: a reader finds the whole old file or the whole new one, whatever else is being written.
 *
 * @param {string} path
 * @param {Buffer} bytes
 */
async function replaceFile(path, bytes) {
  const draft = `${path}.${randomUUID()}`;
  try {
    await writeFile(draft, bytes, { flag: 'wx', mode: 0o600 });
    await rename(draft, path);
  } catch (error) {
    await rm(draft, { force: true });
    throw error;
  }
}

/** @param {NodeJS.ErrnoException} error */
function ifAbsent(error) {
  if (error.code === 'ENOENT') return undefined;
  throw error;
}
