import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import type { ThumbnailCache } from '../../../src/ports/thumbnail-cache.ts';
import type { CacheEntry } from '../../../src/domain/cache/cache-entry.ts';
import type { CacheKey } from '../../../src/domain/cache/cache-key.ts';
import { freshKey, sampleEntry } from '../../support/cache-entries.ts';
import { itLeases } from './lease-contract.ts';

export interface ThumbnailCacheContract {
  /** What the cache is called in the report. */
  readonly name: string;
  /** Opens a cache that has nothing under any of `freshKey()`'s keys; the suite closes it. */
  readonly open: () => ThumbnailCache | Promise<ThumbnailCache>;
  readonly exceptions?: {
    /** It is a cache in name alone: every get is a miss. */
    readonly keepsNothing?: true;
    /** No other process shares it, so it has no leases. */
    readonly hasNoLeases?: true;
    /** Its clock is so coarse: a shorter time to live means this one. */
    readonly clockMs?: number;
    /** The largest thumbnail, in bytes, that its backend holds; one of 1 KiB less is kept. */
    readonly largestThumbnailBytes?: number;
  };
}

const MINUTE_MS = 60_000;
const KIB = 1024;
const LARGE_BYTES = 1536 * KIB;
/** As large as an animation may be, if the operator lets it. */
const HUGE_BYTES = 65 * 1024 * KIB;

/** What every ThumbnailCache promises. */
export function itKeepsThumbnails({ name, open, exceptions = {} }: ThumbnailCacheContract): void {
  const {
    keepsNothing = false,
    hasNoLeases = false,
    clockMs = 1,
    largestThumbnailBytes = Infinity,
  } = exceptions;

  describe(`ThumbnailCache: ${name}`, function () {
    // Mocha's own two seconds are few for 65 MiB, to a backend that may be anywhere.
    this.timeout(60_000);
    let cache: ThumbnailCache;
    beforeEach(async () => {
      cache = await open();
    });
    afterEach(() => cache.close());

    const itKeeps = (promise: string, test: () => Promise<void>) => {
      if (!keepsNothing) it(promise, test);
    };

    it('describes itself for the log', () => {
      expect(cache.description).to.match(/^[a-z]/);
    });

    it('answers with undefined where there is nothing', async () => {
      expect(await cache.get(freshKey())).to.equal(undefined);
    });

    itKeeps('answers with an entry that deep-equals the one stored', async () => {
      const key = freshKey();
      await cache.set(key, sampleEntry(), MINUTE_MS);
      expect(await cache.get(key)).to.deep.equal(sampleEntry());
      expect(await cache.get(key), 'a second time').to.deep.equal(sampleEntry());
    });

    itKeeps('puts an entry in place of the older one under its key', async () => {
      const key = freshKey();
      await cache.set(key, sampleEntry({ seed: 'older', byteLength: 5000 }), MINUTE_MS);
      await cache.set(key, sampleEntry({ seed: 'newer', byteLength: 70 }), MINUTE_MS);
      expect(await cache.get(key)).to.deep.equal(sampleEntry({ seed: 'newer', byteLength: 70 }));
    });

    itKeeps('keeps each key apart', async () => {
      const [one, other] = [freshKey(), freshKey()];
      await cache.set(one, sampleEntry({ seed: 'one' }), MINUTE_MS);
      expect(await cache.get(other)).to.equal(undefined);
      await cache.set(other, sampleEntry({ seed: 'other' }), MINUTE_MS);
      expect(await cache.get(one)).to.deep.equal(sampleEntry({ seed: 'one' }));
    });

    for (const byteLength of [0, 1, 255, 64 * KIB, 900 * KIB]) {
      itKeeps(`keeps a thumbnail of ${byteLength} bytes`, async () => {
        const key = freshKey();
        await cache.set(key, sampleEntry({ byteLength }), MINUTE_MS);
        expect(await cache.get(key)).to.deep.equal(sampleEntry({ byteLength }));
      });
    }

    itKeeps('keeps what its backend just holds', async () => {
      const [key, byteLength] = [freshKey(), Math.min(largestThumbnailBytes - KIB, LARGE_BYTES)];
      await cache.set(key, sampleEntry({ byteLength }), MINUTE_MS);
      expect(await cache.get(key)).to.deep.equal(sampleEntry({ byteLength }));
    });

    it('either keeps a thumbnail above 1 MiB or has nothing under its key, without an error', async () => {
      const [key, large] = [freshKey(), sampleEntry({ seed: 'large', byteLength: LARGE_BYTES })];
      await cache.set(key, sampleEntry({ seed: 'older' }), MINUTE_MS);
      await cache.set(key, large, MINUTE_MS);
      const keepsIt = !keepsNothing && LARGE_BYTES <= largestThumbnailBytes;
      expect(await cache.get(key)).to.deep.equal(keepsIt ? large : undefined);
    });

    itKeeps('keeps bytes of every value, in a view of a larger buffer too', async () => {
      const key = freshKey();
      const entry = sampleEntry();
      const bytes = Buffer.alloc(4096, Buffer.from(Array.from({ length: 256 }, (_, value) => value)));
      const view = bytes.subarray(1000, 1600);
      const stored = { ...entry, thumbnail: { ...entry.thumbnail, bytes: view } };
      await cache.set(key, stored, MINUTE_MS);
      expect(await cache.get(key)).to.deep.equal(stored);
    });

    it('has nothing left once the time to live is over', async () => {
      const key = freshKey();
      await cache.set(key, sampleEntry(), clockMs);
      await sleep(clockMs);
      // The clock of a server that is busy may tick late.
      const giveUpAt = performance.now() + clockMs * 4 + 1000;
      while ((await cache.get(key)) !== undefined) {
        expect(performance.now()).to.be.below(giveUpAt);
        await sleep(20);
      }
    });

    itKeeps('keeps an entry for a month, for a year and for ever', async () => {
      for (const days of [30, 365, Infinity]) {
        const key = freshKey();
        await cache.set(key, sampleEntry(), days * 24 * 60 * MINUTE_MS);
        expect(await cache.get(key), `${days} days`).to.deep.equal(sampleEntry());
      }
    });

    for (const ttlMs of [0, -1, NaN]) {
      it(`has nothing under the key after a time to live of ${ttlMs}`, async () => {
        const key = freshKey();
        await cache.set(key, sampleEntry(), MINUTE_MS);
        await cache.set(key, sampleEntry(), ttlMs);
        expect(await cache.get(key)).to.equal(undefined);
      });
    }

    itKeeps('answers 200 gets at once, each with its own entry', async () => {
      const pairs = Array.from({ length: 200 }, (_, index) => {
        return { key: freshKey(), entry: sampleEntry({ seed: `${index}`, byteLength: index * 20 }) };
      });
      await Promise.all(pairs.map(({ key, entry }) => cache.set(key, entry, MINUTE_MS)));
      const kept = await Promise.all(pairs.map(({ key }) => cache.get(key)));
      expect(kept).to.deep.equal(pairs.map(({ entry }) => entry));
    });

    it('answers at once, if at all, with what `get` resolves with', async () => {
      const [key, other] = [freshKey(), freshKey()];
      const { freshUntilMs, ...rest } = sampleEntry();
      const fresh = { ...rest, freshUntilMs: freshUntilMs + Date.now() };
      expect(cache.getSync?.(key)).to.equal(undefined);
      await cache.set(key, fresh, MINUTE_MS);
      expect(cache.getSync?.(key)).to.be.oneOf([undefined, await cache.get(key)]);
      expect(cache.getSync?.(other)).to.equal(undefined);
      await cache.set(key, fresh, 0);
      expect(cache.getSync?.(key), 'once it is gone').to.equal(undefined);
      await cache.set(key, fresh, MINUTE_MS);
      await cache.close();
      expect(cache.getSync?.(key), 'once it is closed').to.equal(undefined);
    });

    it('gives of two keys what `get` gives of each, where it can be asked for both', async () => {
      const getPair = cache.getPair?.bind(cache);
      if (getPair === undefined) return;
      const keys = Array.from({ length: 20 }, () => freshKey());
      const entryAt = (index: number) => sampleEntry({ seed: `${index}` });
      // Every third has none.
      for (const [index, key] of keys.entries()) {
        if (index % 3 > 0) await cache.set(key, entryAt(index), MINUTE_MS);
      }
      const expected = keys.map((_, index) => (index % 3 > 0 ? entryAt(index) : undefined));
      const pairs = await Promise.all(keys.map((key, index) => getPair(key, keys.at(index - 7) ?? key)));
      expect(pairs).to.deep.equal(expected.map((entry, index) => [entry, expected.at(index - 7)]));
      await cache.close();
      expect(await getPair(keys[1]!, keys[2]!)).to.deep.equal([undefined, undefined]);
    });

    const publish = async (...published: Parameters<NonNullable<ThumbnailCache['publish']>>) =>
      cache.publish?.(...published);
    const itPublishes = (promise: string, test: (key: CacheKey) => Promise<void>) =>
      itKeeps(promise, async () => {
        if (cache.publish === undefined) return;
        await test(freshKey());
      });
    const generation = (name: string): CacheEntry => {
      return { kind: 'generation', generation: name, createdAtMs: 1_700_000_000_000, freshUntilMs: 0 };
    };

    itPublishes('publishes what is not there yet, and leaves what is alone if it is to add', async (key) => {
      expect(await cache.getPublished?.(key)).to.equal(undefined);
      expect(await publish(key, generation('one'), MINUTE_MS, 'add')).to.equal(true);
      expect(await publish(key, generation('two'), MINUTE_MS, 'add')).to.equal(false);
      expect(await cache.getPublished?.(key)).to.deep.equal(generation('one'));
      if (cache.getPair === undefined) return;
      expect(await cache.getPair(freshKey(), key)).to.deep.equal([undefined, generation('one')]);
    });

    itPublishes('replaces what was published', async (key) => {
      for (const name of ['one', 'two', 'three']) {
        expect(await publish(key, generation(name), MINUTE_MS, 'replace')).to.equal(true);
        expect(await cache.getPublished?.(key)).to.deep.equal(generation(name));
      }
    });

    itPublishes('lets one of many add', async (key) => {
      const names = Array.from({ length: 50 }, (_, index) => `g${index}`);
      const added = await Promise.all(names.map((name) => publish(key, generation(name), MINUTE_MS, 'add')));
      expect(added.filter(Boolean)).to.have.length(1);
      expect(await cache.getPublished?.(key)).to.deep.equal(generation(names[added.indexOf(true)] ?? ''));
    });

    itPublishes('does not say that it has published once it is closed', async (key) => {
      await cache.close();
      const outcome = await publish(key, generation('one'), MINUTE_MS, 'replace').catch(() => 'rejected');
      expect(outcome).to.equal('rejected');
    });

    it('says of an entry that it does not keep that it is not kept', async () => {
      const isKept = await cache.set(freshKey(), sampleEntry({ byteLength: LARGE_BYTES }), MINUTE_MS);
      if (keepsNothing || LARGE_BYTES > largestThumbnailBytes) expect(isKept).to.equal(false);
      else expect(isKept).to.be.oneOf([true, undefined]);
    });

    it('has an entry of any size that it says it keeps', async () => {
      const [key, huge] = [freshKey(), sampleEntry({ seed: 'huge', byteLength: HUGE_BYTES })];
      await cache.set(key, sampleEntry({ seed: 'older' }), MINUTE_MS);
      const isKept = (await cache.set(key, huge, MINUTE_MS)) !== false;
      expect((await cache.get(key)) !== undefined).to.equal(isKept);
    });

    it('answers all that it has at once where it is local', async () => {
      if (cache.isLocal !== true) return;
      const [key, other] = [freshKey(), freshKey()];
      const stale = { ...sampleEntry(), freshUntilMs: 0 };
      await cache.set(key, stale, MINUTE_MS);
      expect(cache.getSync?.(key)).to.deep.equal(stale);
      expect(await cache.get(other)).to.equal(undefined);
    });

    if (hasNoLeases) it('has no leases', () => expect(cache.lease === undefined).to.equal(true));
    else itLeases({ cache: () => cache, clockMs });

    it('misses and keeps nothing after it was closed, and can be closed twice', async () => {
      const key = freshKey();
      await cache.set(key, sampleEntry(), MINUTE_MS);
      await cache.close();
      expect(await cache.get(key)).to.equal(undefined);
      await cache.set(key, sampleEntry(), MINUTE_MS);
      expect(await cache.get(key)).to.equal(undefined);
      await cache.close();
    });
  });
}
