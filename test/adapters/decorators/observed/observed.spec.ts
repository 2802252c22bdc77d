import { expect } from 'chai';
import { MemoryThumbnailCache } from '../../../../src/adapters/cache-memory/index.ts';
import {
  ObservedImageFetcher,
  ObservedImageResizer,
  ObservedThumbnailCache,
} from '../../../../src/adapters/decorators/observed/index.ts';
import { parseSourceUrl } from '../../../../src/domain/request/source-url.ts';
import type { Operation, Outcome } from '../../../../src/ports/operation-observer.ts';
import { freshKey, sampleEntry } from '../../../support/cache-entries.ts';
import { FakeCache, FakeFetcher, FakeResizer, sourceImage } from '../../../support/fakes.ts';
import { rejection } from '../../../support/rejection.ts';
import { never } from '../../../support/service.ts';

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

  it('tells of a download its host, and of its error, which it passes on', async () => {
    const fetcher = new FakeFetcher();
    const error = new Error('broken');
    fetcher.answer = () => Promise.reject(error);
    const observed = new ObservedImageFetcher({ fetcher, observe });
    const source = parseSourceUrl('http://images.test:81/path?query');
    expect(await rejection(observed.fetch(source, { signal: never }))).to.equal(error);
    expect(told).to.deep.equal([{ name: 'fetch', host: 'images.test:81', outcome: { error } }]);
  });

  it('tells of a download that ended early how many bytes that has saved, as far as that is known', async () => {
    const fetcher = new FakeFetcher();
    const observed = new ObservedImageFetcher({ fetcher, observe });
    const source = parseSourceUrl('http://images.test/');
    for (const facts of [
      { isPrefix: true, wholeBytes: 1000, receivedBytes: 300 },
      { isPrefix: true, wholeBytes: undefined, receivedBytes: 300 },
      { isPrefix: false },
    ]) {
      fetcher.answer = () => Promise.resolve(sourceImage('image', facts));
      await observed.fetch(source, { signal: never });
    }
    expect(told.map(({ outcome }) => outcome)).to.deep.equal([{ savedBytes: 700 }, { savedBytes: 0 }, {}]);
  });

  it('tells of a resize, and not of the look into a header', async () => {
    const observed = new ObservedImageResizer({ resizer: new FakeResizer(), observe });
    const spec = { size: 64, fit: 'inside', format: 'webp' } as const;
    observed.memoryCost(Buffer.from('image'), spec);
    await observed.resize(Buffer.from('image'), spec, { signal: never });
    expect(told).to.deep.equal([{ name: 'resize', outcome: {} }]);
  });
});
