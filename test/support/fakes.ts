import { Readable } from 'node:stream';
import { decodeCacheEntry, encodeCacheEntry } from '../../src/domain/cache/cache-entry-codec.ts';
import type { CacheEntry } from '../../src/domain/cache/cache-entry.ts';
import type { CacheKey } from '../../src/domain/cache/cache-key.ts';
import type { OutputChoice, OutputFormat } from '../../src/domain/image/formats.ts';
import type { ImageFile } from '../../src/domain/image/image-file.ts';
import {
  type DecodedImage,
  type IntermediateImage,
  isIntermediate,
} from '../../src/domain/image/intermediate-image.ts';
import { longestSide } from '../../src/domain/image/target-box.ts';
import type { Thumbnail } from '../../src/domain/image/thumbnail.ts';
import type { SourceUrl } from '../../src/domain/request/source-url.ts';
import type { ThumbnailSpec } from '../../src/domain/request/thumbnail-spec.ts';
import type { FetchOptions, ImageFetcher, SourceAnswer } from '../../src/ports/image-fetcher.ts';
import type { ImageResizer } from '../../src/ports/image-resizer.ts';
import type { SecretSource, Secrets } from '../../src/ports/secret-source.ts';
import type { ThumbnailCache } from '../../src/ports/thumbnail-cache.ts';

const HEADER = '<svg>';

/** Bytes that pass for an image of no size of its own, told from others by a text. */
export function imageOf(text: string): Buffer {
  return Buffer.from(HEADER + text);
}

/** The text of such an image. */
export function textOf(image: Uint8Array): string {
  return Buffer.from(image).toString().replace(HEADER, '');
}

/** An answer that nobody needs to give back, whose image is told from others by its text. */
export function sourceAnswer(
  text: string,
  facts: Partial<Pick<SourceAnswer, 'href' | 'status' | 'headers'>> = {},
): SourceAnswer {
  return {
    href: 'https://images.example/a.jpg',
    status: 200,
    headers: {},
    body: bodyOf([imageOf(text)]),
    [Symbol.dispose]: () => undefined,
    ...facts,
  };
}

/** A body that comes in these pieces. */
export function bodyOf(pieces: Iterable<Uint8Array>): AsyncIterable<Uint8Array> {
  return Readable.from(pieces) as AsyncIterable<Uint8Array>;
}

/** Fetches nothing: answers with what it was told to, when it was told to. */
export class FakeFetcher implements ImageFetcher {
  readonly fetched: string[] = [];
  readonly signals: AbortSignal[] = [];
  answer: (source: SourceUrl, options: FetchOptions) => Promise<SourceAnswer> = (source) =>
    Promise.resolve(sourceAnswer('source', { href: source.href }));

  async fetch(source: SourceUrl, options: FetchOptions): Promise<SourceAnswer> {
    this.fetched.push(source.href);
    this.signals.push(options.signal);
    return this.answer(source, options);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function pickedOf(choice: OutputChoice): OutputFormat {
  if (choice === 'avif-or-webp') return 'avif';
  return choice === 'jpeg-or-png' || choice === 'jpeg-or-webp' || choice === 'jpeg-or-avif' ? 'jpeg' : choice;
}

/** Resizes nothing: the thumbnail's bytes say of what and how it was to be made. */
export class FakeResizer implements ImageResizer {
  resized = 0;
  decoded = 0;
  /** The name of the intermediate image, where there is to be one. */
  plan: (spec: ThumbnailSpec) => string | undefined = () => undefined;
  answer = (text: string, spec: ThumbnailSpec): Promise<Thumbnail> => {
    const px = longestSide(spec);
    const bytes = Buffer.from(`${text} ${px} ${spec.fit} ${spec.format}`);
    const format = pickedOf(spec.format);
    const original = { format: 'png', width: 400, height: 300, bytes: text.length } as const;
    return Promise.resolve({ bytes, format, width: px, height: Math.round((px * 3) / 4), original });
  };

  planOf(_file: unknown, spec: ThumbnailSpec): string | undefined {
    return this.plan(spec);
  }

  async resize(image: ImageFile | IntermediateImage, spec: ThumbnailSpec): Promise<Thumbnail> {
    this.resized += 1;
    return this.answer(textOf(isIntermediate(image) ? image.pixels : image.bytes), spec);
  }

  /** The pixels are the file's bytes. */
  decode(image: ImageFile, spec: ThumbnailSpec): Promise<DecodedImage> {
    this.decoded += 1;
    const original = { format: 'png', width: 4000, height: 3000, bytes: image.bytes.length } as const;
    const facts = { plan: this.plan(spec) ?? '', channels: 3, original } as const;
    const pixels = Uint8Array.from(image.bytes);
    return Promise.resolve({ image: { pixels, width: 512, height: 384, ...facts } });
  }
}

/** A Map with the port's methods, and a record of what was asked of it. It takes what a cache that keeps bytes could read. */
export class FakeCache implements ThumbnailCache {
  readonly description = 'fake';
  readonly entries = new Map<CacheKey, CacheEntry>();
  readonly ttls: number[] = [];

  /** All but the generations of sources. */
  get kept(): CacheEntry[] {
    return [...this.entries.values()].filter(({ kind }) => kind !== 'generation');
  }

  get(key: CacheKey): Promise<CacheEntry | undefined> {
    return Promise.resolve(this.entries.get(key));
  }

  set(key: CacheKey, entry: CacheEntry, ttlMs: number): Promise<boolean> {
    if (ttlMs > 0 && decodeCacheEntry(key, encodeCacheEntry(key, entry)) === undefined) {
      throw new Error(`no cache could read ${JSON.stringify(entry)}`);
    }
    if (ttlMs > 0) this.entries.set(key, entry);
    else this.entries.delete(key);
    if (entry.kind !== 'generation') this.ttls.push(ttlMs);
    return Promise.resolve(ttlMs > 0);
  }

  /** As if they had been evicted. */
  forgetKept(): void {
    for (const [key, { kind }] of this.entries) if (kind !== 'generation') this.entries.delete(key);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

export class FakeSecrets implements SecretSource {
  readonly description = 'fake';
  secrets: Secrets;

  constructor(secrets: Secrets = {}) {
    this.secrets = secrets;
  }

  read(): Promise<Secrets> {
    return Promise.resolve(this.secrets);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}
