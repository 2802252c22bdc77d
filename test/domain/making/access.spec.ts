import { expect } from 'chai';
import type { CacheKey } from '../../../src/domain/cache/cache-key.ts';
import { SourceRefusedError } from '../../../src/domain/errors/index.ts';
import { infoSpecFor } from '../../../src/domain/request/info-spec.ts';
import { parseSourceUrl } from '../../../src/domain/request/source-url.ts';
import { rejection } from '../../support/rejection.ts';
import { caller, type Harness, harness, requestFor } from '../../support/service.ts';
import { signatureOf } from '../../support/signing.ts';

const KEY = Buffer.alloc(32, 'key');
const URL = 'http://images.example/a.jpg';
const request = requestFor(URL);
const info = { source: request.source, spec: infoSpecFor(['bytes']) };

describe('what the service shows a source to be let in', () => {
  let access: string | Promise<string>;
  let h: Harness;
  const ask = async (wanted: typeof request | typeof info = request) =>
    (await h.service.answer(wanted, {}, caller())).cacheStatus;

  beforeEach(() => {
    access = '';
    const secrets = { 'signing-keys': `k:${KEY.toString('base64url')}` };
    h = harness({ accessTo: () => access, keptSourcesBytes: 1024 * 1024, secrets });
  });

  it('counts for what the cache has, thumbnails and infos, whenever it is known', async () => {
    for (const wanted of [request, info]) {
      access = '';
      expect(await ask(wanted)).to.equal('miss');
      access = 'one';
      expect(await ask(wanted)).to.equal('miss');
      access = Promise.resolve('one');
      expect(await ask(wanted)).to.equal('hit');
      access = 'two';
      expect(await ask(wanted)).to.equal('miss');
      access = '';
      expect(await ask(wanted)).to.equal('hit');
    }
  });

  it('counts for the keys of a request that is kept parsed', async () => {
    const terms = { keys: h.service.keysOf(request) };
    const statuses = [];
    for (access of ['', 'one', 'one', '']) {
      statuses.push((await h.service.answer(request, terms, caller())).cacheStatus);
    }
    expect(statuses).to.deep.equal(['miss', 'miss', 'hit', 'hit']);
  });

  it('counts for faults that are remembered', async () => {
    const { answer } = h.fetcher;
    h.fetcher.answer = () => Promise.reject(new SourceRefusedError('No.', 403));
    expect(await rejection(ask())).to.have.property('code', 'source-refused');
    h.fetcher.answer = answer;
    expect(await rejection(ask())).to.have.property('code', 'source-refused');
    access = 'one';
    expect(await ask()).to.equal('miss');
  });

  it('counts for sources that are kept in memory', async () => {
    h.resizer.plan = () => 'shared';
    await ask();
    access = 'one';
    await ask(requestFor(URL, { size: 64 }));
    expect(h.fetcher.fetched).to.have.length(2);
  });

  it('does not count for a purge', async () => {
    const both = ['one', 'two'];
    for (access of both) expect(await ask()).to.equal('miss');
    for (access of both) expect(await ask()).to.equal('hit');
    await h.service.purge(parseSourceUrl(URL), signatureOf('DELETE', KEY));
    for (access of both) expect(await ask()).to.equal('miss');
  });

  it('takes no promise where it is known and this process has the answer', async () => {
    h = harness({ accessTo: () => access, keysMaxAgeMs: 60_000 });
    Object.assign(h.cache, { getSync: (key: CacheKey) => h.cache.entries.get(key), isLocal: true });
    access = 'one';
    await ask();
    expect(h.service.prepare(request, {})).to.not.be.a('promise');
    access = Promise.resolve('one');
    const prepared = h.service.prepare(request, {});
    expect(prepared).to.be.a('promise');
    expect(h.service.hit(await prepared)).to.have.property('cacheStatus', 'hit');
  });
});
