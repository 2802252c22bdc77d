/** The pipeline as a library: see docs/library.md. */
export { createThumbnailer } from './library/create-thumbnailer.ts';
export type {
  MadeThumbnail,
  ThumbnailParameters,
  Thumbnailer,
  ThumbnailerOptions,
  WorkOptions,
} from './library/create-thumbnailer.ts';
export { ConfigError } from './config/config.ts';
export * from './domain/errors/index.ts';
export type { ImageFetcher } from './ports/image-fetcher.ts';
export type { ImageResizer } from './ports/image-resizer.ts';
export type { SecretSource } from './ports/secret-source.ts';
export type { ThumbnailCache } from './ports/thumbnail-cache.ts';
