import { expect } from 'chai';
import {
  SignatureInvalidError,
  SignatureRequiredError,
  SourceNotFoundError,
} from '../../../src/domain/errors/index.ts';
import type { CacheKey } from '../../../src/domain/cache/cache-key.ts';
import { parseSourceUrl } from '../../../src/domain/request/source-url.ts';
import { rejection } from '../../support/rejection.ts';
import { signatureOf } from '../../support/signing.ts';
import { caller, type Harness, harness, requestFor } from '../../support/service.ts';

const KEY = Buffer.alloc(32, 'key');
const URL = 'http://images.example/a.jpg';

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

  it('takes one trip where the cache can be asked for two keys, and one more after a purge', async () => {
    const get = h.cache.get.bind(h.cache);
    let trips = 0;
    const getPair = async (key: CacheKey, rareKey: CacheKey) => {
      trips += 1;
      return [await get(key), await get(rareKey)] as const;
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

  it('costs those nothing who have no keys at all', async () => {
    h.secrets.secrets = {};
    const asked: string[] = [];
    const get = h.cache.get.bind(h.cache);
    h.cache.get = (key) => {
      asked.push(key);
      return get(key);
    };
    await ask(64);
    expect(asked).to.have.length(1);
  });
});
