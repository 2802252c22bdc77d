import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { MAX_ENTRY_BYTES, decodeCacheEntry, encodeCacheEntry } from '../../domain/cache/cache-entry-codec.ts';
import type { CacheEntry } from '../../domain/cache/cache-entry.ts';
import type { CacheKey } from '../../domain/cache/cache-key.ts';
import { parseS3Address } from '../../domain/request/s3-address.ts';
import { raceSignal } from '../../domain/work/race.ts';
import { CacheRefusal, CacheUnavailableError, type ThumbnailCache } from '../../ports/thumbnail-cache.ts';
import { type S3Store, createS3Client, readUpTo } from '../s3-client/index.ts';
import { storeFault } from './store-faults.ts';
import { Suspension } from './suspension.ts';

export interface S3ThumbnailCacheOptions extends S3Store {
  /** `s3://bucket/prefix/`, where the objects are. */
  readonly place: string;
  /** Services of one bucket that have different ones know nothing of one another. */
  readonly namespace: string;
  /** For one operation. */
  readonly deadlineMs?: number;
}

/** A store answers within tens of milliseconds, seldom within hundreds. */
const DEADLINE_MS = 1500;

/**
 * Thumbnails as objects of a bucket, for more of them than memory holds. It has no leases, which would cost two requests
 * for each thumbnail that is made: a nearer cache has them. What is past its time is removed by a rule of the bucket.
 */
export class S3ThumbnailCache implements ThumbnailCache {
  readonly description: string;
  readonly #client: S3Client;
  readonly #bucket: string;
  readonly #prefix: string;
  readonly #namespace: string;
  readonly #deadlineMs: number;
  /** Apart from one another: credentials may be good for reading alone. */
  readonly #reads = new Suspension();
  readonly #writes = new Suspension();
  #closed = false;

  constructor({ place, namespace, deadlineMs = DEADLINE_MS, ...store }: S3ThumbnailCacheOptions) {
    this.#deadlineMs = deadlineMs;
    const { bucket, key, href } = parseS3Address(place);
    this.description = `s3 (${href})`;
    this.#bucket = bucket;
    this.#prefix = key;
    this.#namespace = namespace;
    // A connection that was idle may be closed by the store just when it is used again.
    this.#client = createS3Client(store, { maxAttempts: 2 });
  }

  async get(key: CacheKey): Promise<CacheEntry | undefined> {
    if (this.#closed) return undefined;
    return this.#attempt(this.#reads, async (abortSignal) => {
      const command = new GetObjectCommand({ Bucket: this.#bucket, Key: this.#nameOf(key) });
      const object = await this.#client.send(command, { abortSignal }).catch(ifAbsent);
      if (object === undefined) return undefined;
      const body = object.Body as Readable;
      abortSignal.addEventListener('abort', () => body.destroy(), { once: true });
      const isFresh = Number(object.Metadata?.['expires']) > Date.now();
      if (!isFresh || Number(object.ContentLength) > MAX_ENTRY_BYTES) {
        body.destroy();
        return undefined;
      }
      const encoded = await readUpTo(MAX_ENTRY_BYTES, body);
      return encoded && decodeCacheEntry(key, encoded);
    });
  }

  async set(key: CacheKey, entry: CacheEntry, ttlMs: number): Promise<boolean> {
    if (this.#closed) return false;
    const object = { Bucket: this.#bucket, Key: this.#nameOf(key) };
    return this.#attempt(this.#writes, async (abortSignal) => {
      const Body = encodeCacheEntry(key, entry);
      // NaN is not above 0 either.
      if (!(ttlMs > 0) || Body.length > MAX_ENTRY_BYTES) {
        await this.#client.send(new DeleteObjectCommand(object), { abortSignal });
        return false;
      }
      const Metadata = { expires: String(Date.now() + ttlMs) };
      await this.#client.send(new PutObjectCommand({ ...object, Body, Metadata }), { abortSignal });
      return true;
    });
  }

  close(): Promise<void> {
    this.#closed = true;
    this.#client.destroy();
    return Promise.resolve();
  }

  /** A digest: it says nothing of what is in the object. */
  #nameOf(key: CacheKey): string {
    return this.#prefix + createHash('sha256').update(`${this.#namespace}\n${key}`).digest('hex');
  }

  async #attempt<T>(suspension: Suspension, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const signal = AbortSignal.timeout(this.#deadlineMs);
    try {
      return await suspension.run(() => askStore(work, signal));
    } catch (cause) {
      const { name, message } = cause as Error;
      const reason = cause instanceof CacheRefusal ? message : name;
      throw new CacheUnavailableError(`${this.description}: ${reason}`, { cause });
    }
  }
}

/** Throws what the store refuses as a CacheRefusal. */
async function askStore<T>(work: (signal: AbortSignal) => Promise<T>, signal: AbortSignal): Promise<T> {
  try {
    // The SDK knows no deadline while it looks for credentials.
    return await raceSignal(work(signal), signal);
  } catch (error) {
    throw storeFault(error);
  }
}

function ifAbsent(error: unknown): undefined {
  if ((error as Error).name === 'NoSuchKey') return undefined;
  throw error as Error;
}
