import { RedisThumbnailCache } from '../../../src/adapters/cache-redis/index.ts';
import type { ServerDeadlines } from '../../../src/adapters/remote-server/circuit-breaker.ts';
import { SHORT_DEADLINES } from '../../support/failing-cache.ts';

export * from '../../support/failing-cache.ts';

export function openCache(
  url: string | (() => string),
  deadlines: Partial<ServerDeadlines> = {},
): Promise<RedisThumbnailCache> {
  return RedisThumbnailCache.open({
    connection: () => Promise.resolve({ url: typeof url === 'function' ? url() : url }),
    deadlines: { ...SHORT_DEADLINES, ...deadlines },
  });
}

/** Everything that a log could show of an error: its messages, stacks and properties, and those of its causes. */
export function allOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return [error.stack, JSON.stringify(error), allOf(error.cause)].join('\n');
}
