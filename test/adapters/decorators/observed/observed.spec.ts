import { expect } from 'chai';
import { MemoryThumbnailCache } from '../../../../src/adapters/cache-memory/index.ts';
import {
  ObservedImageResizer,
  ObservedThumbnailCache,
} from '../../../../src/adapters/decorators/observed/index.ts';
import type { CacheEntry } from '../../../../src/domain/cache/cache-entry.ts';
import { openWholeImage } from '../../../../src/domain/image/image-file.ts';
import type { Operation, Outcome } from '../../../../src/ports/operation-observer.ts';
import { freshKey, sampleEntry } from '../../../support/cache-entries.ts';
import { FakeCache, FakeResizer, imageOf } from '../../../support/fakes.ts';
import { rejection } from '../../../support/rejection.ts';
import { never } from '../../../support/service.ts';
import { specOf } from '../../../../scripts/kit/spec.ts';

describe('observed', () => {
  let told: (Operation & { readonly outcome?: Outcome })[];
  beforeEach(() => {
    told = [];
  });

  const observe = (operation: Operation) => {
    const at = told.push(operation) - 1;
    return (outcome: Outcome) => void (told[at] = { ...operation, outcome });
  };

  it('tells of a cache which tier it is, and whether it had the entry', async () => {
    const cache = new ObservedThumbnailCache({ cache: new FakeCache(), tier: 'memory', observe });
    const key = freshKey();
    await cache.get(key);
    await cache.set(key, sampleEntry(), 1000);
    await cache.get(key);
    await cache.close();
    expect(told).to.deep.equal([
      { name: 'cache get', tier: 'memory', outcome: { result: 'miss' } },
      { name: 'cache set', tier: 'memory', outcome: {} },
      { name: 'cache get', tier: 'memory', outcome: { result: 'hit' } },
    ]);
  });

  it('tells of a synchronous hit, and leaves a miss to the get that follows', async () => {
    const cache = new ObservedThumbnailCache({
      cache: new MemoryThumbnailCache({ maxBytes: 1024 * 1024 }),
      tier: 'memory',
      observe,
    });
    const key = freshKey();
    expect(cache.getSync?.(key)).to.equal(undefined);
    expect(told).to.deep.equal([]);
    await cache.set(key, sampleEntry(), 1000);
    expect(cache.getSync?.(key)).to.deep.equal(sampleEntry());
    expect(told.at(-1)).to.deep.equal({ name: 'cache get', tier: 'memory', outcome: { result: 'hit' } });
    expect(new ObservedThumbnailCache({ cache: new FakeCache(), tier: 'x', observe }).getSync).to.equal(
      undefined,
    );
  });

  it('tells of a pair as of one look-up, by the first of its keys', async () => {
    const entry = sampleEntry();
    const pairs: [CacheEntry | undefined, CacheEntry | undefined][] = [
      [entry, undefined],
      [undefined, entry],
    ];
    for (const pair of pairs) {
      const paired = Object.assign(new FakeCache(), { getPair: () => Promise.resolve(pair) });
      const cache = new ObservedThumbnailCache({ cache: paired, tier: 'far', observe });
      const hits: string[] = [];
      expect(await cache.getPair?.(freshKey(), freshKey(), (tier) => hits.push(tier))).to.equal(pair);
      const isHit = pair[0] !== undefined;
      expect(hits).to.deep.equal(isHit ? ['far'] : []);
      expect(told.splice(0)).to.deep.equal([
        { name: 'cache get', tier: 'far', outcome: { result: isHit ? 'hit' : 'miss' } },
      ]);
    }
  });

  it('names the cache to each reader whose hit it was, observed or not', async () => {
    const key = freshKey();
    for (const observer of [observe, undefined]) {
      const memory = new MemoryThumbnailCache({ maxBytes: 1024 * 1024 });
      const cache = new ObservedThumbnailCache({ cache: memory, tier: 'memory', observe: observer });
      const hits: string[] = [];
      const onHit = (tier: string) => hits.push(tier);
      await cache.get(key, onHit);
      cache.getSync?.(key, onHit);
      expect(hits).to.deep.equal([]);
      await cache.set(key, sampleEntry(), 1000);
      await cache.get(key, onHit);
      cache.getSync?.(key, onHit);
      expect(hits).to.deep.equal(['memory', 'memory']);
    }
  });

  it('has leases where the cache has them, and only there', async () => {
    const plain = new FakeCache();
    expect(new ObservedThumbnailCache({ cache: plain, tier: 'memory', observe }).lease).to.equal(undefined);
    const leasing = Object.assign(new FakeCache(), { lease: () => Promise.resolve(undefined) });
    const cache = new ObservedThumbnailCache({ cache: leasing, tier: 'memcached', observe });
    expect(await cache.lease?.(freshKey(), 1000)).to.equal(undefined);
    expect(told).to.deep.equal([{ name: 'cache lease', tier: 'memcached', outcome: {} }]);
  });

  it('tells of a decode, under the name that metrics have for it, and of a resize', async () => {
    const resizer = new FakeResizer();
    resizer.plan = () => 'half';
    const observed = new ObservedImageResizer({ resizer, observe });
    const spec = specOf({ size: 64, fit: 'inside', format: 'webp' });
    const file = openWholeImage(imageOf('image'), { inputFormats: ['svg'], maxPixels: 1 });
    expect(observed.planOf?.(file, spec)).to.equal('half');
    const decoded = await observed.decode?.(file, spec, { signal: never });
    await observed.resize(decoded?.image ?? file, spec, { signal: never });
    expect(told).to.deep.equal([
      { name: 'reduce', outcome: {} },
      { name: 'resize', outcome: {} },
    ]);
  });

  it('tells a resize that failed from one that nobody waits for any more', async () => {
    const error = new Error('broken');
    const observed = new ObservedImageResizer({ resizer: { resize: () => Promise.reject(error) }, observe });
    const spec = specOf({ size: 64, fit: 'inside', format: 'webp' });
    const file = openWholeImage(imageOf('image'), { inputFormats: ['svg'], maxPixels: 1 });
    for (const signal of [never, AbortSignal.abort(error)])
      expect(await rejection(observed.resize(file, spec, { signal }))).to.equal(error);
    expect(told.map(({ outcome }) => outcome)).to.deep.equal([{ error }, { result: 'cancelled' }]);
  });

  it('has what the resizer has beside resize, and only that', () => {
    const bare = { resize: () => Promise.reject(new Error('none')) };
    const observed = new ObservedImageResizer({ resizer: bare, observe });
    expect([observed.decode, observed.planOf, observed.memoryCost]).to.deep.equal([
      undefined,
      undefined,
      undefined,
    ]);
  });
});
