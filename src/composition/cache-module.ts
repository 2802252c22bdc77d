import { ContainerModule } from 'inversify';
import { ObservedThumbnailCache } from '../adapters/decorators/observed/index.ts';
import { TieredThumbnailCache } from '../adapters/decorators/cache-tiered/index.ts';
import { TolerantThumbnailCache } from '../adapters/decorators/cache-tolerant/index.ts';
import { type CacheConfig, type CacheKind, type Config, ConfigError } from '../config/config.ts';
import type { EcsTask } from '../adapters/ecs-metadata/index.ts';
import type { ThumbnailPorts } from '../domain/making/thumbnail-service.ts';
import type { Logger } from '../telemetry/logger.ts';
import type { SecretSource } from '../ports/secret-source.ts';
import type { ThumbnailCache } from '../ports/thumbnail-cache.ts';
import { TOKENS } from './tokens.ts';
import { RefusedLogins, sentenceFor } from './cache-faults.ts';
import { memcachedConnection, redisConnection } from './cache-connections.ts';
import { chooseCache, watchCacheChoice } from './cache-choice.ts';
import { close } from './closing.ts';
import { s3Settings } from './s3-settings.ts';
import type { Instruments } from './instruments.ts';

export const cacheModule = new ContainerModule(({ bind }) => {
  bind(TOKENS.cache)
    .toResolvedValue(createCache, [
      TOKENS.config,
      TOKENS.ports,
      TOKENS.secrets,
      TOKENS.ecsTask,
      TOKENS.logger,
      TOKENS.instruments,
    ])
    .onDeactivation(close);
  bind(TOKENS.cacheChoice)
    .toResolvedValue(watchCacheChoice, [TOKENS.config, TOKENS.secrets, TOKENS.logger])
    .onDeactivation(close);
});

async function createCache(
  config: Config,
  ports: Partial<ThumbnailPorts>,
  secrets: SecretSource,
  task: EcsTask | undefined,
  logger: Logger,
  instruments: Instruments,
): Promise<ThumbnailCache> {
  if (ports.cache !== undefined) return asTier('caller', ports.cache, logger, instruments);
  const kinds = config.cache.kinds ?? [await chooseCache(secrets)];
  const tiers: ThumbnailCache[] = [];
  try {
    for (const kind of kinds) {
      const backend = await createBackend(kind, config, secrets, task);
      tiers.push(asTier(nameOf(kind), backend, logger, instruments));
    }
  } catch (error) {
    await Promise.all(tiers.map((tier) => tier.close()));
    throw error;
  }
  const [only] = tiers;
  return tiers.length === 1 && only !== undefined ? only : new TieredThumbnailCache({ tiers });
}

async function createBackend(
  kind: CacheKind,
  service: Config,
  secrets: SecretSource,
  task: EcsTask | undefined,
): Promise<ThumbnailCache> {
  const { cache: config } = service;
  if (typeof kind === 'object') {
    const { loadCache } = await import('./load-adapter.ts');
    return loadCache(kind.module, secrets);
  }
  switch (kind) {
    case 'none': {
      const { NoThumbnailCache } = await import('../adapters/cache-none/index.ts');
      return new NoThumbnailCache();
    }
    case 'memory': {
      const { MemoryThumbnailCache } = await import('../adapters/cache-memory/index.ts');
      return new MemoryThumbnailCache({ maxBytes: config.memoryBytes });
    }
    case 'disk':
      return diskCache(config);
    case 's3':
      return s3Cache(service, task);
    case 'memcached': {
      const { MemcachedThumbnailCache } = await import('../adapters/cache-memcached/index.ts');
      const connection = () => memcachedConnection(secrets, config);
      return MemcachedThumbnailCache.open({ connection, namespace: config.namespace });
    }
    case 'redis': {
      const { RedisThumbnailCache } = await import('../adapters/cache-redis/index.ts');
      const connection = () => redisConnection(secrets);
      return RedisThumbnailCache.open({ connection, namespace: config.namespace });
    }
    default:
      // The compiler names a kind that has no case.
      return kind satisfies never;
  }
}

async function diskCache({ diskPath, diskBytes, namespace }: CacheConfig): Promise<ThumbnailCache> {
  if (diskPath === undefined)
    throw new ConfigError(['DISK_CACHE_PATH: THUMBNAIL_CACHE names disk; set its folder']);
  const { DiskThumbnailCache } = await import('../adapters/cache-disk/index.ts');
  try {
    return await DiskThumbnailCache.open({ folder: diskPath, maxBytes: diskBytes, namespace });
  } catch (cause) {
    throw new ConfigError([`DISK_CACHE_PATH: ${(cause as Error).message}`], { cause });
  }
}

async function s3Cache(config: Config, task: EcsTask | undefined): Promise<ThumbnailCache> {
  const { s3Place: place, namespace } = config.cache;
  if (place === undefined)
    throw new ConfigError(['S3_CACHE: THUMBNAIL_CACHE names s3; set s3://bucket/prefix/']);
  const { S3ThumbnailCache } = await import('../adapters/cache-s3/index.ts');
  return new S3ThumbnailCache({ place, namespace, ...s3Settings(config, task) });
}

/** The configuration's own text. */
function nameOf(kind: CacheKind): string {
  return typeof kind === 'string' ? kind : kind.module;
}

/** One cache by its name, for logs and metrics. Its outage costs time, never a thumbnail, and is logged once. */
function asTier(
  tier: string,
  backend: ThumbnailCache,
  logger: Logger,
  { onOperation: observe, onCacheChange, onCacheLoginRefused }: Instruments,
): ThumbnailCache {
  onCacheChange?.(tier, true);
  const logins = new RefusedLogins(() => onCacheLoginRefused?.(tier));
  return new TolerantThumbnailCache({
    cache: new ObservedThumbnailCache({ cache: backend, tier, observe }),
    // Of a store of objects that is no sign of an outage yet.
    ...(tier === 's3' && { deadlineMs: 2000 }),
    onFailure: (error) => logins.look(error),
    onChange: (change) => {
      onCacheChange?.(tier, change.state === 'up');
      const facts = { cache: backend.description };
      if (change.state === 'up') logger.info(facts, 'the cache answers again');
      else logger.warn({ ...facts, err: change.error }, sentenceFor(change.error));
    },
  });
}
