/**
 * What the author of an adapter needs: see docs/adapters.md. The package exports it as `thumbnailer/adapter-kit`, for the
 * types and for tests; an adapter at work is handed `kit` by the service that loads it, and so imports nothing of ours.
 */
import type { SourcePolicy } from './domain/access/source-policy.ts';
import { imageBytesOf } from './domain/cache/cache-entry.ts';
import { decodeCacheEntry, encodeCacheEntry } from './domain/cache/cache-entry-codec.ts';
import {
  CorruptImageError,
  ImageTooLargeError,
  OverloadedError,
  SourceForbiddenError,
  SourceRefusedError,
  SourceUnreachableError,
  UnsupportedImageError,
} from './domain/errors/index.ts';
import { framesFor } from './domain/image/animation.ts';
import { groundOf } from './domain/image/colour.ts';
import type { InputLimits } from './domain/image/image-file.ts';
import { layoutFor } from './domain/image/layout.ts';
import { thumbnailSides } from './domain/image/target-box.ts';
import { conditionsFor } from './domain/source/answer.ts';
import { isRedirect, redirectTarget } from './domain/source/redirects.ts';
import type { ImageFetcher } from './ports/image-fetcher.ts';
import type { ImageResizer } from './ports/image-resizer.ts';
import { type SecretSource, SecretSourceError } from './ports/secret-source.ts';
import {
  CacheRefusal,
  CacheUnavailableError,
  type ThumbnailCache,
  UNSHARED_LEASE,
} from './ports/thumbnail-cache.ts';

export const kit = {
  encodeCacheEntry,
  decodeCacheEntry,
  imageBytesOf,
  UNSHARED_LEASE,
  CacheUnavailableError,
  CacheRefusal,
  SecretSourceError,
  conditionsFor,
  isRedirect,
  redirectTarget,
  OverloadedError,
  SourceForbiddenError,
  SourceRefusedError,
  SourceUnreachableError,
  thumbnailSides,
  layoutFor,
  framesFor,
  groundOf,
  CorruptImageError,
  ImageTooLargeError,
  UnsupportedImageError,
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

export interface FetcherContext {
  readonly kit: AdapterKit;
  /** What the target of each redirect has to comply with: `kit.redirectTarget` takes it. The first address does. */
  readonly policy: SourcePolicy;
  /**
   * Why an IP address may not be connected to, for the log; undefined where it may be. To be asked of the very address
   * that is connected to, at every hop: a name may resolve to another one a moment later.
   */
  readonly whyForbidden: (address: string) => string | undefined;
  readonly maxRedirects: number;
  /** Such as `thumbnailer (+https://thumbs.example/)`. */
  readonly userAgent: string;
  /** Header fields that the host of an address is to be sent, asked for again at every hop: they hold secrets of that host alone. */
  readonly headersOf?: (href: string) => Promise<Readonly<Record<string, string>>>;
}

export interface ResizerContext {
  readonly kit: AdapterKit;
  /** Formats and pixels that are taken at all; the service has checked them by the image's header. */
  readonly limits: InputLimits;
}

/** The default export of a module that THUMBNAIL_CACHE names. Called once, at the start of each process. */
export type CreateThumbnailCache = (context: CacheContext) => ThumbnailCache | Promise<ThumbnailCache>;

/** The default export of a module that SECRET_SOURCE names. Called once, at the start of each process. */
export type CreateSecretSource = (context: SecretSourceContext) => SecretSource | Promise<SecretSource>;

/** The default export of a module that IMAGE_FETCHER names. Called once, at the start of each process. */
export type CreateImageFetcher = (context: FetcherContext) => ImageFetcher | Promise<ImageFetcher>;

/** The default export of a module that IMAGE_RESIZER names. Called once, at the start of each process. */
export type CreateImageResizer = (context: ResizerContext) => ImageResizer | Promise<ImageResizer>;

export * from './domain/errors/index.ts';
export type { CacheEntry } from './domain/cache/cache-entry.ts';
export type { CacheKey } from './domain/cache/cache-key.ts';
export type { ImageFile } from './domain/image/image-file.ts';
export type { IntermediateImage } from './domain/image/intermediate-image.ts';
export type { Thumbnail } from './domain/image/thumbnail.ts';
export type { SourceUrl } from './domain/request/source-url.ts';
export type { ThumbnailSpec } from './domain/request/thumbnail-spec.ts';
export type { SourceValidators } from './domain/source/freshness.ts';
export type { FetchOptions, ImageFetcher, PreparedFetch, SourceAnswer } from './ports/image-fetcher.ts';
export type { ImageResizer, ResizeOptions } from './ports/image-resizer.ts';
export type { SecretName, SecretSource, Secrets } from './ports/secret-source.ts';
export type {
  CacheEntryPair,
  HitObserver,
  Lease,
  PublishMode,
  ThumbnailCache,
} from './ports/thumbnail-cache.ts';
