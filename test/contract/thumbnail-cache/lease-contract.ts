import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import type { ThumbnailCache } from '../../../src/ports/thumbnail-cache.ts';
import { freshKey, sampleEntry } from '../../support/cache-entries.ts';

export interface LeaseContract {
  /** The cache of the running test. */
  readonly cache: () => ThumbnailCache;
  /** A shorter time to live may mean this one. */
  readonly clockMs: number;
}

const MINUTE_MS = 60_000;

/** What a ThumbnailCache promises that has leases. */
export function itLeases({ cache, clockMs }: LeaseContract): void {
  const lease = (key: ReturnType<typeof freshKey>, ttlMs = MINUTE_MS) => cache().lease!(key, ttlMs);
  /** Granted as soon as the one before is over, whose time was that. */
  const leaseAfter = async (key: ReturnType<typeof freshKey>, ttlMs: number) => {
    await sleep(ttlMs);
    return resolvedWithin(ttlMs * 4 + 1000, () => lease(key));
  };

  describe('of leases', () => {
    it('grants one to one of a crowd', async () => {
      const key = freshKey();
      const leases = await Promise.all(Array.from({ length: 100 }, () => lease(key)));
      expect(leases.filter((granted) => granted !== undefined)).to.have.length(1);
      expect(await lease(key), 'later').to.equal(undefined);
    });

    it('grants those of different keys apart', async () => {
      expect(await lease(freshKey())).not.to.equal(undefined);
      expect(await lease(freshKey())).not.to.equal(undefined);
    });

    it('grants it again once it was released', async () => {
      const key = freshKey();
      const first = await lease(key);
      await first?.release();
      const second = await lease(key);
      expect(second).not.to.equal(undefined);
      expect(await lease(key)).to.equal(undefined);
    });

    it('grants it again once its time is over', async () => {
      const key = freshKey();
      await lease(key, clockMs);
      expect(await leaseAfter(key, clockMs)).not.to.equal(undefined);
    });

    it('leaves it to its next holder when the one before releases it late, or twice', async () => {
      const key = freshKey();
      const first = await lease(key, clockMs);
      const second = await leaseAfter(key, clockMs);
      expect(second).not.to.equal(undefined);
      await first?.release();
      expect(await lease(key), 'after the late release').to.equal(undefined);

      await second?.release();
      expect(await lease(key)).not.to.equal(undefined);
      await second?.release();
      expect(await lease(key), 'after the second release').to.equal(undefined);
    });

    it('keeps it beyond its time while its holder renews it, and no longer', async () => {
      // A clock that ticks may take one tick of it.
      const [key, shortMs] = [freshKey(), Math.max(2 * clockMs, 500)];
      const held = await lease(key, shortMs);
      if (held?.renew === undefined) return;
      expect(await held.renew(MINUTE_MS)).to.equal(true);
      await sleep(shortMs * 1.5);
      expect(await lease(key), 'after its first time').to.equal(undefined);
      expect(await held.renew(shortMs)).to.equal(true);
      const next = await leaseAfter(key, shortMs);
      expect(next).not.to.equal(undefined);
      await next?.release();
      expect(await held.renew(MINUTE_MS), 'once it is over').to.equal(false);
    });

    it('keeps it apart from the entry of the same key', async () => {
      const key = freshKey();
      const held = await lease(key);
      expect(await cache().get(key)).to.equal(undefined);
      await cache().set(key, sampleEntry(), MINUTE_MS);
      expect(await lease(key)).to.equal(undefined);
      await held?.release();
      expect(await lease(key), 'once released').not.to.equal(undefined);
      expect(await cache().get(key)).to.deep.equal(sampleEntry());
    });

    it('grants it to everyone after the cache was closed', async () => {
      const key = freshKey();
      const before = await lease(key);
      await cache().close();
      const [one, other] = await Promise.all([lease(key), lease(key)]);
      await one?.release();
      await before?.release();
      expect([one, other]).not.to.include(undefined);
    });
  });
}

/** The first result that is not undefined; undefined where there is none within that time. */
async function resolvedWithin<T>(
  milliseconds: number,
  attempt: () => Promise<T | undefined>,
): Promise<T | undefined> {
  const giveUpAt = performance.now() + milliseconds;
  for (;;) {
    const result = await attempt();
    if (result !== undefined || performance.now() > giveUpAt) return result;
    await sleep(20);
  }
}
