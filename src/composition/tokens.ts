import type { RequestListener } from 'node:http';
import type { ServiceIdentifier } from 'inversify';
import type { WarmUp } from './warm-up.ts';
import type { Instruments } from './instruments.ts';
import type { Config } from '../config/config.ts';
import type { SourceHeaderReader } from '../domain/access/source-header-reader.ts';
import type { SourcePolicy } from '../domain/access/source-policy.ts';
import type { CacheChoice } from './cache-choice.ts';
import type { ThumbnailPorts, ThumbnailService } from '../domain/making/thumbnail-service.ts';
import type { HostPattern } from '../domain/access/host-pattern.ts';
import type { EcsTask } from '../adapters/ecs-metadata/index.ts';
import type { InFlightResponses } from '../http/server/in-flight-responses.ts';
import type { Fallback } from '../http/thumbnail/fallback.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { ImageFetcher } from '../ports/image-fetcher.ts';
import type { ImageResizer } from '../ports/image-resizer.ts';
import type { SecretSource } from '../ports/secret-source.ts';
import type { ThumbnailCache } from '../ports/thumbnail-cache.ts';

/** A typed name in the container: what is bound to it and what is taken from it are checked against one another. */
const token = <T>(name: string): ServiceIdentifier<T> => Symbol(name);

export const TOKENS = {
  config: token<Config>('config'),
  logger: token<Logger>('logger'),
  /** Implementations that the caller brings, in place of those that the configuration chooses. */
  ports: token<Partial<ThumbnailPorts>>('ports of the caller'),
  /** Undefined outside ECS. */
  ecsTask: token<EcsTask | undefined>('ecs task'),
  /** Host names that are answered to. */
  allowedHosts: token<readonly HostPattern[]>('allowed hosts'),
  sourceHeaders: token<SourceHeaderReader>('source headers'),
  sourcePolicy: token<SourcePolicy>('source policy'),
  secrets: token<SecretSource>('secret source'),
  cache: token<ThumbnailCache>('thumbnail cache'),
  cacheChoice: token<CacheChoice>('choice of a cache'),
  fetcher: token<ImageFetcher>('image fetcher'),
  resizer: token<ImageResizer>('image resizer'),
  /** Undefined: there is none. */
  fallback: token<Fallback | undefined>('fallback image'),
  service: token<ThumbnailService>('thumbnail service'),
  /** False from the moment the process is asked to stop. */
  isReady: token<() => boolean>('readiness'),
  /** Aborts when stopping takes too long. */
  shutdownDeadline: token<AbortSignal>('shutdown deadline'),
  inFlight: token<InFlightResponses>('in-flight responses'),
  instruments: token<Instruments>('instruments'),
  warmUp: token<WarmUp>('warm-up'),
  handler: token<RequestListener>('request handler'),
} as const;
