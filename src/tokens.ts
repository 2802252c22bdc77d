import type { RequestListener } from 'node:http';
import type { ServiceIdentifier } from 'inversify';
import type { AfterStart } from './composition/after-start.ts';
import type { Instruments } from './composition/instruments.ts';
import type { Config } from './config.ts';
import type { SourcePolicy } from './domain/source-policy.ts';
import type { ThumbnailService } from './domain/thumbnail-service.ts';
import type { EcsTask } from './ecs-metadata.ts';
import type { Logger } from './logger.ts';
import type { ImageFetcher } from './ports/image-fetcher.ts';
import type { ImageResizer } from './ports/image-resizer.ts';
import type { SecretSource } from './ports/secret-source.ts';
import type { ThumbnailCache } from './ports/thumbnail-cache.ts';

/** A typed name in the container: what is bound to it and what is taken from it are checked against one another. */
const token = <T>(name: string): ServiceIdentifier<T> => Symbol(name);

export const TOKENS = {
  config: token<Config>('config'),
  logger: token<Logger>('logger'),
  /** Undefined outside ECS. */
  ecsTask: token<EcsTask | undefined>('ecs task'),
  sourcePolicy: token<SourcePolicy>('source policy'),
  secrets: token<SecretSource>('secret source'),
  cache: token<ThumbnailCache>('thumbnail cache'),
  fetcher: token<ImageFetcher>('image fetcher'),
  resizer: token<ImageResizer>('image resizer'),
  service: token<ThumbnailService>('thumbnail service'),
  /** False from the moment the process is asked to stop. */
  isReady: token<() => boolean>('readiness'),
  /** Aborts when stopping takes too long. */
  cutShort: token<AbortSignal>('cut short'),
  instruments: token<Instruments>('instruments'),
  afterStart: token<AfterStart>('what can wait until it listens'),
  handler: token<RequestListener>('request handler'),
} as const;
