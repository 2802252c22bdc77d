import {
  type MemcachedConnection,
  MemcachedThumbnailCache,
} from '../../../src/adapters/cache-memcached/index.ts';
import type { ServerDeadlines } from '../../../src/adapters/remote-server/circuit-breaker.ts';
import { SHORT_DEADLINES } from '../../support/failing-cache.ts';

export * from '../../support/failing-cache.ts';

export function openCache(
  connection: MemcachedConnection | (() => MemcachedConnection),
  { refreshMs, ...deadlines }: Partial<ServerDeadlines> & { readonly refreshMs?: number } = {},
): Promise<MemcachedThumbnailCache> {
  return MemcachedThumbnailCache.open({
    connection: () => Promise.resolve(typeof connection === 'function' ? connection() : connection),
    deadlines: { ...SHORT_DEADLINES, ...deadlines },
    ...(refreshMs !== undefined && { refreshMs }),
  });
}
