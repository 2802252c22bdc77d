import {
  type MemcachedConnection,
  MemcachedThumbnailCache,
} from '../../../src/adapters/cache-memcached/index.ts';
import type { LinkDeadlines } from '../../../src/adapters/remote-server/server-link.ts';
import { SHORT_DEADLINES } from '../../support/failing-cache.ts';

export * from '../../support/failing-cache.ts';

export function openCache(
  connection: MemcachedConnection | (() => MemcachedConnection),
  { lookAgainMs, ...deadlines }: Partial<LinkDeadlines> & { readonly lookAgainMs?: number } = {},
): Promise<MemcachedThumbnailCache> {
  return MemcachedThumbnailCache.open({
    connection: () => Promise.resolve(typeof connection === 'function' ? connection() : connection),
    deadlines: { ...SHORT_DEADLINES, ...deadlines },
    ...(lookAgainMs !== undefined && { lookAgainMs }),
  });
}
