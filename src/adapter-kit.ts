/**
 * What the author of an adapter needs: see docs/adapters.md. The package exports it as `thumbnailer/adapter-kit`, for the
 * types and for tests; an adapter at work is handed `kit` by the service that loads it, and so imports nothing of ours.
 */
import { imageBytesOf } from './domain/cache/cache-entry.ts';
import { decodeCacheEntry, encodeCacheEntry } from './domain/cache/cache-entry-codec.ts';
import { type SecretSource, SecretSourceError } from './ports/secret-source.ts';
import { CacheUnavailableError, type ThumbnailCache, UNSHARED_LEASE } from './ports/thumbnail-cache.ts';

export const kit = {
  encodeCacheEntry,
  decodeCacheEntry,
  imageBytesOf,
  UNSHARED_LEASE,
  CacheUnavailableError,
  SecretSourceError,
} as const;

export type AdapterKit = typeof kit;

export interface CacheContext {
  readonly kit: AdapterKit;
  /** Whatever SECRET_SOURCE names. */
  readonly secrets: SecretSource;
}

export interface SecretSourceContext {
  readonly kit: AdapterKit;
}

/** The default export of a module that THUMBNAIL_CACHE names. Called once, at the start of each process. */
export type CreateThumbnailCache = (context: CacheContext) => ThumbnailCache | Promise<ThumbnailCache>;

/** The default export of a module that SECRET_SOURCE names. Called once, at the start of each process. */
export type CreateSecretSource = (context: SecretSourceContext) => SecretSource | Promise<SecretSource>;

export * from './domain/errors/index.ts';
export type { CacheEntry } from './domain/cache/cache-entry.ts';
export type { CacheKey } from './domain/cache/cache-key.ts';
export type { ImageFile } from './domain/image/image-file.ts';
export type { IntermediateImage } from './domain/image/intermediate-image.ts';
export type { Thumbnail } from './domain/image/thumbnail.ts';
export type { SourceUrl } from './domain/request/source-url.ts';
export type { ThumbnailSpec } from './domain/request/thumbnail-spec.ts';
export type { FetchOptions, ImageFetcher, SourceAnswer } from './ports/image-fetcher.ts';
export type { ImageResizer, ResizeOptions } from './ports/image-resizer.ts';
export type { SecretName, SecretSource, Secrets } from './ports/secret-source.ts';
export type { HitObserver, Lease, ThumbnailCache } from './ports/thumbnail-cache.ts';
