import type { CacheKey } from '../../src/domain/cache/cache-key.ts';
import type { OutputChoice, OutputFormat } from '../../src/domain/image/formats.ts';
import type { SourceUrl } from '../../src/domain/request/source-url.ts';
import type { CacheEntry } from '../../src/domain/cache/cache-entry.ts';
import type { Reach } from '../../src/domain/image/reach.ts';
import type { ReducedImage } from '../../src/domain/image/reduced-image.ts';
import type { Thumbnail } from '../../src/domain/image/thumbnail.ts';
import type {
  FetchOptions,
  ImageFetcher,
  SourceImage,
  UnchangedSource,
} from '../../src/ports/image-fetcher.ts';
import type { ImageResizer, ThumbnailSpec } from '../../src/ports/image-resizer.ts';
import type { SecretSource, Secrets } from '../../src/ports/secret-source.ts';
import type { ThumbnailCache } from '../../src/ports/thumbnail-cache.ts';

/** A source that nobody needs to give back. */
export function sourceImage(bytes: Uint8Array | string, facts: Partial<SourceImage> = {}): SourceImage {
  return {
    bytes: Buffer.from(bytes),
    isPrefix: false,
    wholeBytes: bytes.length,
    receivedBytes: bytes.length,
    freshness: { storable: true, ttlMs: undefined },
    validators: {},
    [Symbol.dispose]: () => undefined,
    ...facts,
  };
}

/** Fetches nothing: answers with what it was told to, when it was told to. */
export class FakeFetcher implements ImageFetcher {
  readonly fetched: string[] = [];
  readonly signals: AbortSignal[] = [];
  answer: (source: SourceUrl, options: FetchOptions) => Promise<SourceImage | UnchangedSource> = () =>
    Promise.resolve(sourceImage('source'));

  async fetch(source: SourceUrl, options: FetchOptions): Promise<SourceImage | UnchangedSource> {
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
  return choice === 'jpeg-or-png' ? 'jpeg' : choice;
}

/** Resizes nothing: the thumbnail's bytes say of what and how it was to be made. */
export class FakeResizer implements ImageResizer {
  resized = 0;
  reduced = 0;
  answer = (image: Uint8Array, spec: ThumbnailSpec): Promise<Thumbnail> => {
    const bytes = Buffer.from(`${Buffer.from(image).toString()} ${spec.size} ${spec.fit} ${spec.format}`);
    const format = pickedOf(spec.format);
    const original = { format: 'png', width: 400, height: 300, bytes: image.length } as const;
    return Promise.resolve({ bytes, format, width: spec.size, height: (spec.size * 3) / 4, original });
  };

  memoryCost(): number {
    return 1;
  }

  decodesQuickly(): boolean {
    return false;
  }

  /** Of a reduced image, its pixels are what `reduce` was given. */
  async resize(image: Uint8Array | ReducedImage, spec: ThumbnailSpec): Promise<Thumbnail> {
    this.resized += 1;
    if (!('pixels' in image)) return this.answer(image, spec);
    return { ...(await this.answer(image.pixels, spec)), original: image.original };
  }

  reduce(image: Uint8Array, { size }: Reach): Promise<ReducedImage | undefined> {
    this.reduced += 1;
    const original = { format: 'png', width: 4000, height: 3000, bytes: image.length } as const;
    const facts = { channels: 3, reachPx: size, original } as const;
    return Promise.resolve({ pixels: Uint8Array.from(image), width: 2 * size, height: 1.5 * size, ...facts });
  }
}

/** A Map with the port's methods, and a record of what was asked of it. */
export class FakeCache implements ThumbnailCache {
  readonly description = 'fake';
  readonly entries = new Map<CacheKey, CacheEntry>();
  readonly ttls: number[] = [];

  get(key: CacheKey): Promise<CacheEntry | undefined> {
    return Promise.resolve(this.entries.get(key));
  }

  set(key: CacheKey, entry: CacheEntry, ttlMs: number): Promise<void> {
    this.entries.set(key, entry);
    this.ttls.push(ttlMs);
    return Promise.resolve();
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
