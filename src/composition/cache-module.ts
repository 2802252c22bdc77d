import { ContainerModule } from 'inversify';
import { TolerantThumbnailCache } from '../adapters/cache-tolerant/index.ts';
import type { CacheConfig, Config } from '../config.ts';
import type { Logger } from '../logger.ts';
import { type SecretSource, SecretSourceError } from '../ports/secret-source.ts';
import type { ThumbnailCache } from '../ports/thumbnail-cache.ts';
import { TOKENS } from '../tokens.ts';
import { close } from './closing.ts';

export const cacheModule = new ContainerModule(({ bind }) => {
  bind(TOKENS.cache)
    .toResolvedValue(createCache, [TOKENS.config, TOKENS.secrets, TOKENS.logger])
    .onDeactivation(close);
});

async function createCache(
  { cache }: Config,
  secrets: SecretSource,
  logger: Logger,
): Promise<ThumbnailCache> {
  const kind = cache.kind === 'automatic' ? await chooseKind(secrets) : cache.kind;
  const chosen = await createBackend(kind, cache, secrets);
  return new TolerantThumbnailCache({
    cache: chosen,
    onChange: (change) => {
      if (change.state === 'up') logger.info({ cache: chosen.description }, 'the cache answers again');
      else
        logger.warn(
          { cache: chosen.description, err: change.error },
          'the cache does not answer; working without it',
        );
    },
  });
}

type Kind = Exclude<CacheConfig['kind'], 'automatic'>;

async function createBackend(
  kind: Kind,
  { memoryBytes }: CacheConfig,
  secrets: SecretSource,
): Promise<ThumbnailCache> {
  switch (kind) {
    case 'none': {
      const { NoThumbnailCache } = await import('../adapters/cache-none/index.ts');
      return new NoThumbnailCache();
    }
    case 'memory': {
      const { MemoryThumbnailCache } = await import('../adapters/cache-memory/index.ts');
      return new MemoryThumbnailCache({ maxBytes: memoryBytes });
    }
    case 'memcached': {
      const { MemcachedThumbnailCache } = await import('../adapters/cache-memcached/index.ts');
      return MemcachedThumbnailCache.open({ connection: () => memcachedConnection(secrets) });
    }
  }
}

async function chooseKind(secrets: SecretSource): Promise<Kind> {
  return (await secrets.read())['memcachier-server'] === undefined ? 'memory' : 'memcached';
}

/** Read anew for each client that is built, so that a password that was changed is taken up. */
async function memcachedConnection(secrets: SecretSource) {
  const known = await secrets.read();
  const servers = known['memcachier-server'];
  if (servers === undefined) {
    throw new SecretSourceError(
      `THUMBNAIL_CACHE is memcached, but its address is not set: no memcachier-server in ${secrets.description}. ` +
        'Set MEMCACHIER_SERVER, or the parameter of that name where SECRET_SOURCE is ssm.',
    );
  }
  return {
    servers,
    username: known['memcachier-username'] ?? '',
    password: known['memcachier-password'] ?? '',
  };
}
