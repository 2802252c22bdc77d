import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import type { CacheEntry } from '../../src/domain/cache/cache-entry.ts';
import type { CacheKey } from '../../src/domain/cache/cache-key.ts';
import { CacheUnavailableError, type ThumbnailCache } from '../../src/ports/thumbnail-cache.ts';
import type { ServerDeadlines } from '../../src/adapters/remote-server/circuit-breaker.ts';

export const MINUTE_MS = 60_000;
/** Short enough to wait for, and longer than a busy machine holds up the loop that serves both sides. */
export const SHORT_DEADLINES: ServerDeadlines = { operationMs: 1000, connectMs: 1000, retryMs: 20 };

/** What the adapters guarantee, with room for a machine that is busy. */
const SETTLES_WITHIN_MS = 10_000;

/** The error that an operation is rejected with, in time. */
export async function unavailable(operation: Promise<unknown>): Promise<CacheUnavailableError> {
  const inTime = new AbortController();
  const late = sleep(SETTLES_WITHIN_MS, 'did not settle in time' as const, { signal: inTime.signal });
  late.catch(() => undefined);
  try {
    const outcome = await Promise.race([operation.catch((error: unknown) => error), late]);
    expect(outcome).to.be.instanceOf(CacheUnavailableError);
    return outcome as CacheUnavailableError;
  } finally {
    inTime.abort();
  }
}

/** Expects that the cache rejects without waiting for anything: within this turn of the event loop. */
export async function expectRejectedAtOnce(cache: ThumbnailCache, key: CacheKey): Promise<void> {
  const outcome = cache.get(key).catch((error: unknown) => error);
  expect(await Promise.race([outcome, nextTurn('waited')])).to.be.instanceOf(CacheUnavailableError);
}

/** Waits until the cache, which is recovering, answers; the entry, or undefined, that it then has. */
export async function recovered(cache: ThumbnailCache, key: CacheKey): Promise<CacheEntry | undefined> {
  for (;;) {
    try {
      return await cache.get(key);
    } catch (error) {
      expect(error).to.be.instanceOf(CacheUnavailableError);
      await sleep(10);
    }
  }
}

/** Waits until the condition holds; mocha's timeout is the limit. */
export async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(5);
}
