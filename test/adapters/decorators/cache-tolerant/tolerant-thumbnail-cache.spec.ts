import { expect } from 'chai';
import { MemoryThumbnailCache } from '../../../../src/adapters/cache-memory/index.ts';
import {
  type CacheChange,
  TolerantThumbnailCache,
} from '../../../../src/adapters/decorators/cache-tolerant/index.ts';
import { UNSHARED_LEASE } from '../../../../src/ports/thumbnail-cache.ts';
import { freshKey, sampleEntry } from '../../../support/cache-entries.ts';
import { FakeCache } from '../../../support/fakes.ts';
import { ChaosCache, type Mishap } from '../../../support/chaos-cache.ts';

const MINUTE_MS = 60_000;
const CALM_MS = 5000;

describe('cache-tolerant', () => {
  const error = new Error('down');
  let nowMs: number;
  let changes: CacheChange[];
  let chaos: ChaosCache;
  let cache: TolerantThumbnailCache;

  beforeEach(() => {
    nowMs = 0;
    changes = [];
    chaos = new ChaosCache(new MemoryThumbnailCache({ maxBytes: 1024 * 1024 }));
    cache = new TolerantThumbnailCache({
      cache: chaos,
      onChange: (change) => changes.push(change),
      calmMs: CALM_MS,
      now: () => nowMs,
    });
  });

  it('is described as the cache that it wraps', () => {
    expect(cache.description).to.equal('chaos');
  });

  for (const kind of ['throws', 'rejects'] as const) {
    describe(`of a cache that ${kind}`, () => {
      beforeEach(() => {
        chaos.mishap = { kind, error };
      });

      it('get is a miss', async () => {
        expect(await cache.get(freshKey())).to.equal(undefined);
        expect(changes).to.deep.equal([{ cache: 'chaos', state: 'down', operation: 'get', error }]);
      });

      it('set is done, and says nothing of whether the entry is kept', async () => {
        expect(await cache.set(freshKey(), sampleEntry(), MINUTE_MS)).to.equal(undefined);
        expect(changes).to.deep.equal([{ cache: 'chaos', state: 'down', operation: 'set', error }]);
      });

      it('everyone has the lease', async () => {
        const [key, leases] = [freshKey(), [] as unknown[]];
        for (let time = 0; time < 2; time += 1) leases.push(await cache.lease?.(key, MINUTE_MS));
        expect(leases).to.deep.equal([UNSHARED_LEASE, UNSHARED_LEASE]);
        expect(changes).to.deep.equal([{ cache: 'chaos', state: 'down', operation: 'lease', error }]);
      });

      it('release of a lease is done', async () => {
        chaos.mishap = { kind: 'none' };
        const lease = await cache.lease?.(freshKey(), MINUTE_MS);
        chaos.mishap = { kind, error };
        await lease?.release();
        expect(changes).to.deep.equal([{ cache: 'chaos', state: 'down', operation: 'release', error }]);
      });

      it('close is done', async () => {
        await cache.close();
        expect(changes).to.deep.equal([{ cache: 'chaos', state: 'down', operation: 'close', error }]);
      });
    });
  }

  it('has no leases where the cache has none, and says who else has one where it has', async () => {
    const memory = new MemoryThumbnailCache({ maxBytes: 1024 });
    expect(new TolerantThumbnailCache({ cache: memory, onChange: () => undefined }).lease).to.equal(
      undefined,
    );
    const taken = Object.assign(memory, { lease: () => Promise.resolve(undefined) });
    cache = new TolerantThumbnailCache({ cache: taken, onChange: (change) => changes.push(change) });
    expect(await cache.lease?.(freshKey(), MINUTE_MS)).to.equal(undefined);
    expect(changes).to.deep.equal([]);
  });

  it('hands on which tier had the entry', async () => {
    const tiers: string[] = [];
    const tiered = Object.assign(new MemoryThumbnailCache({ maxBytes: 1024 }), {
      get: (_key: unknown, onHit?: (tier: string) => void) => {
        onHit?.('near');
        return Promise.resolve(sampleEntry());
      },
    });
    cache = new TolerantThumbnailCache({ cache: tiered, onChange: () => undefined });
    await cache.get(freshKey(), (tier) => tiers.push(tier));
    expect(tiers).to.deep.equal(['near']);
  });

  it('does not wait for ever for a cache that never settles', async () => {
    chaos.mishap = { kind: 'never settles' };
    cache = new TolerantThumbnailCache({
      cache: chaos,
      onChange: (change) => changes.push(change),
      deadlineMs: 20,
    });
    expect(await cache.get(freshKey())).to.equal(undefined);
    await cache.set(freshKey(), sampleEntry(), MINUTE_MS);
    await cache.close();
    expect(changes.map(({ state }) => state)).to.deep.equal(['down']);
    expect(changes[0]).to.have.nested.property('error.message', 'did not settle within 20 ms');
  });

  it('waits for a cache that is slow, and drops a rejection that comes after the deadline', async () => {
    const [key, gate] = [freshKey(), Promise.withResolvers<undefined>()];
    await cache.set(key, sampleEntry(), MINUTE_MS);
    chaos.mishap = { kind: 'delays', until: gate.promise };
    const slow = cache.get(key);
    gate.resolve(undefined);
    expect(await slow).to.deep.equal(sampleEntry());

    const never = Promise.withResolvers<undefined>();
    chaos.mishap = { kind: 'delays', until: never.promise };
    cache = new TolerantThumbnailCache({ cache: chaos, onChange: () => undefined, deadlineMs: 5 });
    expect(await cache.get(key)).to.equal(undefined);
    // mocha fails on a rejection that nobody handles.
    never.reject(error);
    await new Promise((resolve) => setImmediate(resolve));
  });

  describe('reports an outage once', () => {
    const operate = async (mishap: Mishap, times: number) => {
      chaos.mishap = mishap;
      for (let time = 0; time < times; time += 1) await cache.get(freshKey());
    };

    it('when it begins, and its end once nothing has failed for a while', async () => {
      await operate({ kind: 'none' }, 3);
      expect(changes).to.deep.equal([]);
      await operate({ kind: 'rejects', error }, 100);
      expect(changes).to.deep.equal([{ cache: 'chaos', state: 'down', operation: 'get', error }]);
      nowMs += CALM_MS;
      await operate({ kind: 'none' }, 3);
      expect(changes.slice(1)).to.deep.equal([{ cache: 'chaos', state: 'up', failures: 100 }]);
    });

    it('where every other operation fails', async () => {
      for (let round = 0; round < 50; round += 1) {
        nowMs += CALM_MS / 5;
        await operate({ kind: 'rejects', error }, 1);
        await operate({ kind: 'none' }, 1);
      }
      expect(changes).to.have.length(1);
    });

    it('and again when it comes again', async () => {
      for (let round = 0; round < 2; round += 1) {
        await operate({ kind: 'rejects', error }, 1);
        nowMs += CALM_MS;
        await operate({ kind: 'none' }, 1);
      }
      expect(changes.map(({ state }) => state)).to.deep.equal(['down', 'up', 'down', 'up']);
    });
  });

  it('is not brought down by the listener', async () => {
    const onChange = () => {
      throw new Error('the log is full');
    };
    cache = new TolerantThumbnailCache({ cache: chaos, onChange });
    chaos.mishap = { kind: 'rejects', error };
    expect(await cache.get(freshKey())).to.equal(undefined);
  });

  it('takes a pair that the wrapped cache rejects for two misses', async () => {
    const getPair = () => Promise.reject(error);
    const broken = Object.assign(new FakeCache(), { getPair });
    const onChange = (change: CacheChange) => changes.push(change);
    const tolerant = new TolerantThumbnailCache({ cache: broken, onChange });
    expect(await tolerant.getPair?.(freshKey(), freshKey())).to.deep.equal([undefined, undefined]);
    expect(changes.map(({ state }) => state)).to.deep.equal(['down']);
    expect(cache.getPair, 'where the wrapped cache has none').to.equal(undefined);
  });

  it('answers at once with what the wrapped cache does, and with nothing where that throws', async () => {
    const key = freshKey();
    const memory = new MemoryThumbnailCache({ maxBytes: 1024 * 1024 });
    await memory.set(key, sampleEntry(), MINUTE_MS);
    const broken = Object.assign(new ChaosCache(memory), {
      getSync: () => {
        throw error;
      },
    });
    const onChange = (change: CacheChange) => changes.push(change);
    expect(new TolerantThumbnailCache({ cache: memory, onChange }).getSync?.(key)).to.deep.equal(
      sampleEntry(),
    );
    expect(changes).to.deep.equal([]);
    expect(new TolerantThumbnailCache({ cache: broken, onChange }).getSync?.(key)).to.equal(undefined);
    expect(changes).to.deep.equal([{ cache: 'chaos', state: 'down', operation: 'getSync', error }]);
    expect(cache.getSync, 'where the wrapped cache has none').to.equal(undefined);
  });
});
