import { expect } from 'chai';
import { MemoryThumbnailCache } from '../../../../src/adapters/cache-memory/index.ts';
import { ObservedThumbnailCache } from '../../../../src/adapters/decorators/observed/index.ts';
import { TieredThumbnailCache } from '../../../../src/adapters/decorators/cache-tiered/index.ts';
import type { CacheEntry } from '../../../../src/domain/cache/cache-entry.ts';
import type { CacheKey } from '../../../../src/domain/cache/cache-key.ts';
import type { Lease, ThumbnailCache } from '../../../../src/ports/thumbnail-cache.ts';
import { freshKey, sampleEntry } from '../../../support/cache-entries.ts';
import { ChaosCache } from '../../../support/chaos-cache.ts';
import { FakeCache } from '../../../support/fakes.ts';
import { rejection } from '../../../support/rejection.ts';

const MINUTE_MS = 60_000;

/** Remembers what it was asked, and can be made to wait before it answers. */
class WatchedCache extends MemoryThumbnailCache {
  readonly asked: string[] = [];
  readonly ttlsMs: number[] = [];
  gate: Promise<unknown> = Promise.resolve();
  isClosed = false;

  override async get(key: CacheKey): Promise<CacheEntry | undefined> {
    this.asked.push('get');
    const entry = await super.get(key);
    await this.gate;
    return entry;
  }

  override async set(key: CacheKey, entry: CacheEntry, ttlMs: number): Promise<boolean> {
    this.asked.push('set');
    this.ttlsMs.push(ttlMs);
    await this.gate;
    return super.set(key, entry, ttlMs);
  }

  override close(): Promise<void> {
    this.isClosed = true;
    return super.close();
  }
}

/** As the composition names each tier. */
const named = (tier: string, cache: ThumbnailCache) => new ObservedThumbnailCache({ cache, tier });

const watched = () => new WatchedCache({ maxBytes: 16 * 1024 * 1024 });

/** All that goes on in the background here is done within microtasks. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('cache-tiered', () => {
  const error = new Error('down');
  const { freshUntilMs } = sampleEntry();
  let near: WatchedCache;
  let middle: WatchedCache;
  let far: WatchedCache;
  let nowMs: number;
  let hits: string[];
  let cache: TieredThumbnailCache;

  beforeEach(() => {
    [near, middle, far] = [watched(), watched(), watched()];
    [nowMs, hits] = [freshUntilMs - MINUTE_MS, []];
    cache = new TieredThumbnailCache({
      tiers: [named('near', near), named('middle', middle), named('far', far)],
      now: () => nowMs,
    });
  });

  const get = (key: CacheKey) => cache.get(key, (tier) => hits.push(tier));

  it('is described by its tiers', () => {
    expect(cache.description).to.equal('memory (16 MiB), then memory (16 MiB), then memory (16 MiB)');
  });

  it('asks no further than the nearest that has the entry, and says which', async () => {
    const key = freshKey();
    await cache.set(key, sampleEntry(), MINUTE_MS);
    expect(await get(key)).to.deep.equal(sampleEntry());
    expect(hits).to.deep.equal(['near']);
    expect(far.asked).to.deep.equal(['set']);
  });

  it('asks further where what the nearest has is stale, and falls back on that', async () => {
    const [near, far] = [
      new MemoryThumbnailCache({ maxBytes: 1e6 }),
      new MemoryThumbnailCache({ maxBytes: 1e6 }),
    ];
    const tiered = new TieredThumbnailCache({
      tiers: [near, far],
    });
    const [key, stale, fresh] = [
      freshKey(),
      { ...sampleEntry({ seed: 'old' }), freshUntilMs: 1 },
      { ...sampleEntry({ seed: 'new' }), freshUntilMs: Date.now() + 60_000 },
    ];
    await tiered.set(key, stale, 60_000);
    expect(await tiered.get(key)).to.deep.equal(stale);
    await far.set(key, fresh, 60_000);
    expect(await tiered.get(key)).to.deep.equal(fresh);
  });

  it('answers with one entry and one name where a nearer tier had a stale one', async () => {
    const key = freshKey();
    await near.set(key, { ...sampleEntry({ seed: 'old' }), freshUntilMs: nowMs }, MINUTE_MS);
    await far.set(key, sampleEntry(), MINUTE_MS);
    expect(await get(key)).to.deep.equal(sampleEntry());
    expect(hits).to.deep.equal(['far']);
  });

  describe('what another process has made', () => {
    const key = freshKey();
    const made = (seed: string, afterMs: number) => {
      const entry = sampleEntry({ seed });
      return { ...entry, createdAtMs: entry.createdAtMs + afterMs };
    };
    beforeEach(async () => {
      await cache.set(key, made('old', 0), MINUTE_MS);
      await far.set(key, made('new', 1), MINUTE_MS);
    });

    it('is seen within a second, and kept near by then', async () => {
      expect(await get(key)).to.deep.equal(made('old', 0));
      nowMs += 1000;
      expect(await get(key)).to.deep.equal(made('new', 1));
      await settled();
      expect(await get(key)).to.deep.equal(made('new', 1));
      expect(hits).to.deep.equal(['near', 'far', 'near']);
    });

    it('is seen for longer than that where it is not fresh, but newer than what is near by', async () => {
      const news = { ...made('new', 1), freshUntilMs: nowMs - 1 };
      await far.set(key, news, MINUTE_MS);
      nowMs += 1000;
      for (let time = 0; time < 3; time += 1) {
        expect(await get(key)).to.deep.equal(news);
        await settled();
        expect(cache.getSync?.(key)).to.equal(undefined);
      }
    });

    it('is seen at once by one who wants to be the first to make it', async () => {
      const sharing = Object.assign(far, { lease: () => Promise.resolve(undefined) });
      cache = new TieredThumbnailCache({ tiers: [near, sharing], now: () => nowMs });
      await cache.set(key, made('old', 0), MINUTE_MS);
      await far.set(key, made('new', 1), MINUTE_MS);
      expect(await get(key)).to.deep.equal(made('old', 0));
      await cache.lease?.(key, MINUTE_MS);
      expect(await get(key)).to.deep.equal(made('new', 1));
    });

    it('is not waited for longer by a look-up without a promise', async () => {
      expect(cache.getSync?.(key)).to.deep.equal(made('old', 0));
      nowMs += 1000;
      expect(cache.getSync?.(key)).to.equal(undefined);
      await get(key);
      await settled();
      expect(cache.getSync?.(key)).to.deep.equal(made('new', 1));
    });

    it('does not count where it is older, as what a slow one has written at last', async () => {
      await far.set(key, made('older', -1), MINUTE_MS);
      nowMs += 1000;
      expect(await get(key)).to.deep.equal(made('old', 0));
    });

    it('is not missed where the further tier has nothing', async () => {
      await far.set(key, made('new', 1), 0);
      nowMs += 1000;
      expect(await get(key)).to.deep.equal(made('old', 0));
      expect(cache.getSync?.(key), 'for another second').to.deep.equal(made('old', 0));
    });
  });

  it('publishes in the furthest tier that others may share, and looks for it nowhere else', async () => {
    const local = new MemoryThumbnailCache({ maxBytes: 1e6 });
    const shared = new FakeCache();
    const [key, entry] = [freshKey(), sampleEntry()];
    const tiered = new TieredThumbnailCache({ tiers: [near, shared, local] });
    expect(await tiered.publish(key, entry, MINUTE_MS, 'add')).to.equal(true);
    expect(await tiered.publish(key, entry, MINUTE_MS, 'add')).to.equal(false);
    expect([await near.get(key), await local.get(key)]).to.deep.equal([undefined, undefined]);
    await near.set(key, entry, MINUTE_MS);
    expect(await tiered.getPublished(key)).to.deep.equal(entry);
    shared.entries.clear();
    expect(await tiered.getPublished(key)).to.equal(undefined);
    expect(await tiered.get(key)).to.deep.equal(entry);
  });

  it('finds further away what was made since a purge', async () => {
    const [key, published] = [freshKey(), freshKey()];
    const shared = new FakeCache();
    const tiered = new TieredThumbnailCache({ tiers: [named('near', near), shared], now: () => nowMs });
    await tiered.set(key, sampleEntry({ seed: 'before' }), MINUTE_MS);
    const since = { ...sampleEntry({ seed: 'since' }), generation: 'new', createdAtMs: nowMs };
    const marker = { kind: 'generation', generation: 'new', createdAtMs: nowMs, freshUntilMs: 0 } as const;
    shared.entries.set(key, since).set(published, marker);
    expect(await tiered.getPair(key, published)).to.deep.equal([since, marker]);
  });

  it('says nothing of a miss', async () => {
    expect(await get(freshKey())).to.equal(undefined);
    expect(hits).to.deep.equal([]);
  });

  it('stores in all tiers at once, for the same time', async () => {
    const gate = Promise.withResolvers<undefined>();
    for (const tier of [near, middle, far]) tier.gate = gate.promise;
    const storing = cache.set(freshKey(), sampleEntry(), 1234);
    await settled();
    expect([near, middle, far].map(({ ttlsMs }) => ttlsMs)).to.deep.equal([[1234], [1234], [1234]]);
    gate.resolve(undefined);
    await storing;
  });

  describe('filling the nearer tiers on the way back', () => {
    it('with what is still fresh, for as long as it is', async () => {
      const key = freshKey();
      await far.set(key, sampleEntry(), 30 * MINUTE_MS);
      expect(await get(key)).to.deep.equal(sampleEntry());
      await settled();
      expect([near.ttlsMs, middle.ttlsMs]).to.deep.equal([[MINUTE_MS], [MINUTE_MS]]);
      expect(await get(key)).to.deep.equal(sampleEntry());
      expect(hits).to.deep.equal(['far', 'near']);
    });

    it('not those that are further away', async () => {
      const key = freshKey();
      await middle.set(key, sampleEntry(), MINUTE_MS);
      await get(key);
      await settled();
      expect([near.asked, far.asked]).to.deep.equal([['get', 'set'], ['get']]);
    });

    for (const sinceMs of [0, 1, MINUTE_MS]) {
      it(`not with what has been stale for ${sinceMs} ms, so that its successor is seen`, async () => {
        const key = freshKey();
        nowMs = freshUntilMs + sinceMs;
        await far.set(key, sampleEntry(), MINUTE_MS);
        expect(await get(key)).to.deep.equal(sampleEntry());
        await settled();
        expect(near.asked).to.deep.equal(['get']);
        await far.set(key, sampleEntry({ seed: 'successor' }), MINUTE_MS);
        expect(await get(key)).to.deep.equal(sampleEntry({ seed: 'successor' }));
      });
    }

    it('without anyone waiting for it, or minding that it fails', async () => {
      const [key, gate] = [freshKey(), Promise.withResolvers<undefined>()];
      await far.set(key, sampleEntry(), MINUTE_MS);
      near.set = () => gate.promise.then(() => true);
      middle.set = () => Promise.reject(error);
      expect(await get(key)).to.deep.equal(sampleEntry());
      // mocha fails on a rejection that nobody handles.
      gate.reject(error);
      await settled();
    });

    it('not with what was read before something else was stored', async () => {
      const [key, gate] = [freshKey(), Promise.withResolvers<undefined>()];
      await far.set(key, sampleEntry({ seed: 'older' }), MINUTE_MS);
      far.gate = gate.promise;
      const reading = [get(key), get(key)];
      await settled();
      const storing = cache.set(key, sampleEntry({ seed: 'newer' }), MINUTE_MS);
      gate.resolve(undefined);
      expect(await Promise.all(reading)).to.deep.equal([1, 2].map(() => sampleEntry({ seed: 'older' })));
      await storing;
      await settled();
      expect(await get(key)).to.deep.equal(sampleEntry({ seed: 'newer' }));
      expect(hits).to.deep.equal(['far', 'far', 'near']);
    });

    it('with what was read after something else was stored, while an older read goes on', async () => {
      const [key, gate] = [freshKey(), Promise.withResolvers<undefined>()];
      far.gate = gate.promise;
      const older = get(key);
      await settled();
      far.gate = Promise.resolve();
      await cache.set(key, sampleEntry(), MINUTE_MS);
      await near.set(key, sampleEntry(), 0);
      await get(key);
      await settled();
      await get(key);
      gate.resolve(undefined);
      await older;
      expect(hits).to.deep.equal(['middle', 'near']);
    });
  });

  for (const kind of ['throws', 'rejects'] as const) {
    describe(`of which one ${kind}`, () => {
      let chaos: ChaosCache;
      beforeEach(() => {
        chaos = new ChaosCache(watched());
        chaos.mishap = { kind, error };
        cache = new TieredThumbnailCache({
          tiers: [chaos, far],
          now: () => nowMs,
        });
      });

      it('gets from the others; without a hit it rejects', async () => {
        const key = freshKey();
        await far.set(key, sampleEntry(), MINUTE_MS);
        expect(await get(key)).to.deep.equal(sampleEntry());
        expect(await rejection(cache.get(freshKey()))).to.equal(error);
      });

      it('stores in the others, and rejects', async () => {
        const key = freshKey();
        expect(await rejection(cache.set(key, sampleEntry(), MINUTE_MS))).to.equal(error);
        expect(await far.get(key)).to.deep.equal(sampleEntry());
      });

      it('closes the others, and rejects', async () => {
        expect(await rejection(cache.close())).to.equal(error);
        expect(far.isClosed).to.equal(true);
      });
    });
  }

  describe('of leases', () => {
    const granted: Lease = { release: () => Promise.resolve() };
    const withLeases = () => Object.assign(watched(), { lease: () => Promise.resolve(granted) });

    it('has none where no tier has any', () => {
      expect(cache.lease).to.equal(undefined);
    });

    it('has those of the furthest tier that has any', async () => {
      const [one, other] = [withLeases(), withLeases()];
      const refusing = Object.assign(one, { lease: () => Promise.resolve(undefined) });
      cache = new TieredThumbnailCache({
        tiers: [refusing, other, near],
      });
      expect(await cache.lease?.(freshKey(), MINUTE_MS)).to.equal(granted);
    });

    describe('where that tier has no room for an entry', () => {
      const key = freshKey();
      const leasing = () => {
        const small = new MemoryThumbnailCache({ maxBytes: 4096 });
        return Object.assign(small, { lease: () => Promise.resolve(granted), isLocal: false });
      };
      const large = sampleEntry({ byteLength: 8192 });

      it('says there that nobody is to wait for it, and has it near by all the same', async () => {
        const shared = leasing();
        cache = new TieredThumbnailCache({ tiers: [near, shared], now: () => nowMs });
        expect(await cache.set(key, large, MINUTE_MS)).to.equal(true);
        expect(await shared.get(key)).to.include({ kind: 'unkept', freshUntilMs: nowMs + 5000 });
        for (const passedMs of [0, 2000]) {
          nowMs += passedMs;
          expect(await get(key)).to.deep.equal(large);
        }
        expect(await near.get(key)).to.deep.equal(large);
      });

      it('says nothing where that tier may have kept it, though it failed', async () => {
        const kinds: string[] = [];
        const set = (_key: CacheKey, { kind }: CacheEntry) => Promise.resolve(void kinds.push(kind));
        const shared = Object.assign(leasing(), { set });
        cache = new TieredThumbnailCache({ tiers: [near, shared] });
        expect(await cache.set(key, large, MINUTE_MS)).to.equal(true);
        expect(kinds).to.deep.equal(['thumbnail']);
        near.set = () => Promise.resolve(false);
        expect(await cache.set(key, large, MINUTE_MS)).to.equal(undefined);
      });

      it('says nothing where one behind it has room', async () => {
        const shared = leasing();
        cache = new TieredThumbnailCache({ tiers: [near, shared, far] });
        await cache.set(key, large, MINUTE_MS);
        expect(await shared.get(key)).to.equal(undefined);
      });
    });
  });

  describe('a synchronous look-up', () => {
    const getSync = (key: CacheKey) => cache.getSync?.(key, (tier) => hits.push(tier));

    it('shows what the nearest tier has, and says which that is', async () => {
      const key = freshKey();
      await cache.set(key, sampleEntry(), MINUTE_MS);
      expect(getSync(key)).to.deep.equal(sampleEntry());
      expect(hits).to.deep.equal(['near']);
    });

    it('shows nothing of what the nearest tier has no more, or not fresh, or of the tiers behind it', async () => {
      const [key, stale] = [freshKey(), freshKey()];
      await far.set(key, sampleEntry(), MINUTE_MS);
      await near.set(stale, { ...sampleEntry(), freshUntilMs: nowMs }, MINUTE_MS);
      expect([getSync(key), getSync(stale)]).to.deep.equal([undefined, undefined]);
      expect(hits).to.deep.equal([]);
    });

    it('does not show all that there is, whatever the tiers are', () => {
      const local = new MemoryThumbnailCache({ maxBytes: 1e6 });
      expect(local.isLocal).to.equal(true);
      expect(new TieredThumbnailCache({ tiers: [local] }).isLocal).to.equal(false);
    });

    it('is missing where the nearest tier has none', () => {
      const tiers = [new ChaosCache(near), near];
      expect(new TieredThumbnailCache({ tiers }).getSync).to.equal(undefined);
    });
  });

  it('refuses to be made of nothing', () => {
    expect(() => new TieredThumbnailCache({ tiers: [] })).to.throw(/needs a tier/);
  });
});
