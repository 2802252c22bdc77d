import type { CacheConfig } from '../config/config.ts';
import { type SecretName, type SecretSource, SecretSourceError } from '../ports/secret-source.ts';

/** Read again for each connection that is opened, so that a changed password is used. */
export async function memcachedConnection(
  secrets: SecretSource,
  { memcachedTls: tls, memcachedDiscovery: discovery }: CacheConfig,
) {
  const servers = await addressIn(secrets, 'memcachier-server', 'MEMCACHIER_SERVER');
  const known = await secrets.read();
  return {
    servers,
    username: known['memcachier-username'] ?? '',
    password: known['memcachier-password'] ?? '',
    tls,
    discovery,
  };
}

/** As `memcachedConnection`. */
export async function redisConnection(secrets: SecretSource) {
  return { url: await addressIn(secrets, 'redis-url', 'REDIS_URL') };
}

async function addressIn(secrets: SecretSource, name: SecretName, variable: string): Promise<string> {
  const address = (await secrets.read())[name];
  if (address !== undefined) return address;
  throw new SecretSourceError(
    `THUMBNAIL_CACHE names a cache that has no address: there is no ${name} in ${secrets.description}. ` +
      `Set ${variable}, or the parameter of that name if SECRET_SOURCE is ssm.`,
  );
}
