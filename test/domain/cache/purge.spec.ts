import { expect } from 'chai';
import {
  SignatureInvalidError,
  SignatureRequiredError,
  SourceNotFoundError,
} from '../../../src/domain/errors/index.ts';
import type { CacheEntry } from '../../../src/domain/cache/cache-entry.ts';
import type { CacheKey } from '../../../src/domain/cache/cache-key.ts';
import { parseSourceUrl } from '../../../src/domain/request/source-url.ts';
import type { SourceAnswer } from '../../../src/ports/image-fetcher.ts';
import { UNSHARED_LEASE } from '../../../src/ports/thumbnail-cache.ts';
import { sourceAnswer } from '../../support/fakes.ts';
import { rejection } from '../../support/rejection.ts';
import { signatureOf } from '../../support/signing.ts';
import { caller, type Harness, harness, requestFor } from '../../support/service.ts';

const KEY = Buffer.alloc(32, 'key');
const URL = 'http://images.example/a.jpg';

const settled = () => new Promise((resolve) => setImmediate(resolve));
const signed = (text: string) => signatureOf(text, KEY);

describe('purging a source', () => {
  let h: Harness;
  const ask = (size: number, url = URL) => h.service.thumbnail(requestFor(url, { size }), {}, caller());
  const purge = () => h.service.purge(parseSourceUrl(URL), signed('DELETE'));

  beforeEach(() => {
    h = harness({ secrets: { 'signing-keys': `k:${KEY.toString('base64url')}` } });
  });

  it('forgets it in every size and format, and no other', async () => {
    for (const size of [64, 128]) await ask(size);
    await ask(64, 'http://images.example/b.jpg');
    await purge();
    for (const size of [64, 128]) expect((await ask(size)).cacheStatus).to.equal('miss');
    expect((await ask(64, 'http://images.example/b.jpg')).cacheStatus).to.equal('hit');
    for (const size of [64, 128]) expect((await ask(size)).cacheStatus).to.equal('hit');
    await purge();
    expect((await ask(64)).cacheStatus).to.equal('miss');
  });

  it('forgets a fault of it too', async () => {
    const { answer } = h.fetcher;
    h.fetcher.answer = () => Promise.reject(new SourceNotFoundError(404));
    await rejection(ask(64));
    h.fetcher.answer = answer;
    expect(await rejection(ask(64))).to.have.property('code', 'source-not-found');
    await purge();
    expect((await ask(64)).cacheStatus).to.equal('miss');
  });

  it('is refused to one who has no key', async () => {
    const source = parseSourceUrl(URL);
    expect(await rejection(h.service.purge(source, undefined))).to.be.instanceOf(SignatureRequiredError);
    const forged = { ...signed('DELETE'), signedText: 'GET' };
    expect(await rejection(h.service.purge(source, forged))).to.be.instanceOf(SignatureInvalidError);
  });

  it('is seen at once, without a look-up more, where the cache is in memory', async () => {
    Object.assign(h.cache, { getSync: (key: CacheKey) => h.cache.entries.get(key), isLocal: true });
    await ask(64);
    h.cache.get = () => Promise.reject(new Error('it was asked with a promise'));
    expect((await ask(64)).cacheStatus).to.equal('hit');
    h.cache.get = () => Promise.resolve(undefined);
    await purge();
    expect((await ask(64)).cacheStatus).to.equal('miss');
    expect((await ask(64)).cacheStatus).to.equal('hit');
  });

  it('is asked for where memory is not all of the cache', async () => {
    await ask(64);
    const stored = new Map(h.cache.entries);
    Object.assign(h.cache, { getSync: (key: CacheKey) => stored.get(key) });
    await purge();
    expect((await ask(64)).cacheStatus).to.equal('miss');
  });

  it('takes one trip where the cache can be asked for two keys, and a miss another for known faults', async () => {
    const get = h.cache.get.bind(h.cache);
    let trips = 0;
    const getPair = async (key: CacheKey, publishedKey: CacheKey) => {
      trips += 1;
      return [await get(key), await get(publishedKey)] as const;
    };
    Object.assign(h.cache, { getPair });
    h.cache.get = (key) => {
      trips += 1;
      return get(key);
    };
    const tripsOf = async (status: string) => {
      trips = 0;
      expect((await ask(64)).cacheStatus).to.equal(status);
      return trips;
    };
    await ask(64);
    expect(await tripsOf('hit')).to.equal(1);
    await purge();
    expect(await tripsOf('miss')).to.equal(2);
    expect(await tripsOf('hit')).to.equal(1);
  });

  it('costs those no trip who have no keys at all, where memory has the thumbnail', async () => {
    h.secrets.secrets = {};
    await ask(64);
    Object.assign(h.cache, { getSync: (key: CacheKey) => h.cache.entries.get(key) });
    h.cache.get = () => Promise.reject(new Error('it was asked with a promise'));
    expect((await ask(64)).cacheStatus).to.equal('hit');
  });

  describe('where its generation is lost', () => {
    const loseGenerations = () => {
      for (const [key, { kind }] of h.cache.entries) if (kind === 'generation') h.cache.entries.delete(key);
    };

    it('never brings back what was purged, nor what was made before', async () => {
      await ask(64);
      await purge();
      loseGenerations();
      expect((await ask(64)).cacheStatus).to.equal('miss');
      loseGenerations();
      expect((await ask(64)).cacheStatus).to.equal('miss');
      expect((await ask(64)).cacheStatus).to.equal('hit');
    });

    it('keeps nothing while none can be had, and joins requests all the same', async () => {
      h.cache.set = () => Promise.reject(new Error('down'));
      const results = await Promise.all([ask(64), ask(64)]);
      expect(results.map(({ stored }) => stored)).to.deep.equal([false, false]);
      expect([h.fetcher.fetched.length, h.cache.kept.length]).to.deep.equal([1, 0]);
    });

    it('asks again where the cache does not answer for a moment, and once only while it is down', async () => {
      const set = h.cache.set.bind(h.cache);
      let [asked, failures] = [0, 3];
      Object.assign(h.cache, {
        publish: async (key: CacheKey, entry: CacheEntry, ttlMs: number) => {
          asked += 1;
          if ((failures -= 1) >= 0) throw new Error('no answer within 100 ms');
          return set(key, entry, ttlMs);
        },
      });
      expect((await ask(64)).stored).to.equal(true);
      expect(asked).to.equal(4);
      loseGenerations();
      failures = Infinity;
      expect((await ask(64)).stored).to.equal(false);
      const before = asked;
      expect((await ask(64)).stored).to.equal(false);
      expect(asked - before, 'in an outage').to.equal(1);
    });

    it('is waited for once, with the lease, in the outage of a cache that nobody purges', async () => {
      h.secrets.secrets = {};
      Object.assign(h.cache, {
        publish: () => Promise.reject(new Error('down')),
        lease: () => Promise.resolve(UNSHARED_LEASE),
      });
      const startedAt = performance.now();
      await ask(64);
      expect(performance.now() - startedAt)
        .to.be.above(900)
        .and.below(1600);
    });

    it('takes that of another process that has begun one meanwhile', async () => {
      const other = await new Promise<string>((resolve) => {
        const publish = async (key: CacheKey, entry: CacheEntry, ttlMs: number) => {
          await h.cache.set(key, { ...entry, generation: 'theirs' }, ttlMs);
          resolve(key);
          return false;
        };
        Object.assign(h.cache, { publish });
        void ask(64);
      });
      await ask(64);
      expect(h.cache.entries.get(other as CacheKey)).to.have.property('generation', 'theirs');
      expect((await ask(64)).entry.generation).to.equal('theirs');
      expect(h.fetcher.fetched).to.have.length(1);
    });
  });

  it('is not promised where it cannot be written', async () => {
    await ask(64);
    h.cache.set = () => Promise.reject(new Error('down'));
    expect(await rejection(purge()))
      .to.include({ code: 'overloaded', retryAfterSeconds: 5 })
      .and.have.property('message')
      .that.includes("The cache can't record the purge now");
    h.cache.set = () => Promise.resolve(false);
    expect(await rejection(purge())).to.have.property('code', 'overloaded');
  });

  it('is not undone by a thumbnail that was begun before it', async () => {
    const { answer } = h.fetcher;
    const old = Promise.withResolvers<SourceAnswer>();
    h.fetcher.answer = () => old.promise;
    const early = ask(64);
    await settled();
    await purge();
    h.fetcher.answer = answer;
    const late = await ask(64);
    expect(late.cacheStatus).to.equal('miss');
    old.resolve(sourceAnswer('old'));
    await early;
    expect((await ask(64)).entry.etag).to.equal(late.entry.etag);
  });
});
