import { RedisCluster } from './cluster.ts';
import { parseRedisUrl } from '../../domain/cache/servers/redis-url.ts';
import type { RedisServers, RedisServersOptions } from './redis-servers.ts';
import { SentinelledServer } from './sentinelled-server.ts';
import { SingleServer } from './single-server.ts';

const SERVERS = { server: SingleServer, cluster: RedisCluster, sentinel: SentinelledServer };

/**
 * Begins to connect, without waiting for any server.
 *
 * @param url asked for now, and whenever a connection is opened
 * @throws what `url` rejects with; Error when it is none
 */
export async function openServers(
  url: () => Promise<string>,
  options: Omit<RedisServersOptions, 'place'>,
): Promise<RedisServers> {
  const first = parseRedisUrl(await url());
  const place = async () => {
    const now = parseRedisUrl(await url());
    if (now.kind !== first.kind)
      throw new Error(`REDIS_URL has become that of a ${now.kind}; restart to use it`);
    return now;
  };
  return new SERVERS[first.kind]({ ...options, place }, first);
}
