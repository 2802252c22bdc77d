import { expect } from 'chai';
import sharp from 'sharp';
import { photograph } from '../../../scripts/kit/images.ts';
import { CorruptImageError, SourceTimeoutError } from '../../../src/domain/errors/index.ts';
import { type InfoField, INFO_FIELDS, infoSpecFor } from '../../../src/domain/request/info-spec.ts';
import type { InfoRequest } from '../../../src/domain/request/source-request.ts';
import { parseSourceUrl } from '../../../src/domain/request/source-url.ts';
import { bodyOf, sourceAnswer } from '../../support/fakes.ts';
import { turnOfTheLoop } from '../../support/mock-clock.ts';
import { rejection } from '../../support/rejection.ts';
import { type Harness, caller, harness, requestFor } from '../../support/service.ts';
import { signatureOf } from '../../support/signing.ts';

const KEY = Buffer.alloc(32, 'key');
const URL = 'http://images.example/a.jpg';
const HEADER: readonly InfoField[] = ['format', 'width', 'height'];

function requestOf(fields: readonly InfoField[]): InfoRequest {
  return { source: { kind: 'remote', url: parseSourceUrl(URL) }, spec: infoSpecFor(fields) };
}

describe('the info of a source', () => {
  let h: Harness;
  let file: Buffer;
  let served: Record<string, string>;
  const ask = (fields = HEADER, terms = {}) => h.service.answer(requestOf(fields), terms, caller());

  before(async () => {
    file = await photograph({ width: 500, height: 400 }).jpeg().toBuffer();
  });
  beforeEach(() => {
    h = harness({ secrets: { 'signing-keys': `k:${KEY.toString('base64url')}` } });
    served = { etag: '"v1"' };
    h.fetcher.answer = ({ href }, { validators }) => {
      const isSame = validators?.etag === served['etag'];
      const facts = { href, status: isSame ? 304 : 200, headers: served };
      return Promise.resolve({ ...sourceAnswer('', facts), body: bodyOf([file]) });
    };
    h.resizer.answer = async () => {
      const { data, info } = await sharp(file).resize(100).png().toBuffer({ resolveWithObject: true });
      const original = { format: 'jpeg', width: 500, height: 400, bytes: file.length } as const;
      return { bytes: data, format: 'png', width: info.width, height: info.height, original };
    };
  });

  it('is made once, from the header alone where that is enough, and then a hit', async () => {
    const { entry, cacheStatus } = await ask();
    expect(cacheStatus).to.equal('miss');
    expect(entry).to.have.nested.property('info.width', 500);
    expect((await ask(['hasAlpha', 'height'])).cacheStatus).to.equal('hit');
    expect([h.fetcher.fetched.length, h.resizer.resized]).to.deep.equal([1, 0]);
  });

  it('is kept four times at most, whatever fields are asked for', async () => {
    for (let mask = 1; mask < 2 ** INFO_FIELDS.length; mask += 1) {
      await ask(INFO_FIELDS.filter((_, index) => (mask & (1 << index)) !== 0));
    }
    expect(h.cache.kept).to.have.length(4);
    expect(h.fetcher.fetched).to.have.length(4);
  });

  it('is neither a thumbnail nor taken for one, whatever somebody puts into the cache', async () => {
    const thumbnail = requestFor(URL);
    await ask(INFO_FIELDS);
    await h.service.thumbnail(thumbnail, {}, caller());
    const [info, image] = [...h.cache.entries]
      .filter(([, { kind }]) => kind !== 'generation')
      .toSorted(([, one]) => (one.kind === 'info' ? -1 : 1));
    h.cache.entries.set(info![0], image![1]);
    h.cache.entries.set(image![0], info![1]);
    expect((await ask(INFO_FIELDS)).entry).to.have.nested.property('info.height', 400);
    expect((await h.service.thumbnail(thumbnail, {}, caller())).cacheStatus).to.equal('miss');
  });

  it('is made once for all who wait for it', async () => {
    const results = await Promise.all([ask(INFO_FIELDS), ask(INFO_FIELDS), ask(INFO_FIELDS)]);
    expect(results.filter(({ isCollapsed = false }) => isCollapsed)).to.have.length(2);
    expect([h.fetcher.fetched.length, h.resizer.resized]).to.deep.equal([1, 1]);
  });

  it('is served stale and revalidated, as a thumbnail is', async () => {
    await ask();
    h.now += 60_001;
    expect((await ask()).cacheStatus).to.equal('stale');
    while ((await ask()).cacheStatus !== 'hit') await turnOfTheLoop();
    h.now += 60_001;
    h.fetcher.answer = () => Promise.reject(new SourceTimeoutError(1));
    expect((await ask()).cacheStatus).to.equal('stale');
  });

  it('goes with its source when that is purged', async () => {
    await ask(INFO_FIELDS);
    await h.service.purge(parseSourceUrl(URL), signatureOf('DELETE', KEY));
    served = { etag: '"v2"' };
    file = await photograph({ width: 60, height: 30 }).jpeg().toBuffer();
    expect((await ask(INFO_FIELDS)).entry).to.have.nested.property('info.width');
    expect(h.fetcher.fetched).to.have.length(2);
  });

  it('is refused, and the refusal remembered, as of a thumbnail', async () => {
    h.fetcher.answer = () => Promise.resolve(sourceAnswer('', {}));
    h.resizer.answer = () => Promise.reject(new CorruptImageError());
    for (const attempt of [1, 2]) {
      expect(await rejection(ask(INFO_FIELDS)), String(attempt)).to.have.property('code', 'corrupt-image');
    }
    expect(h.resizer.resized).to.equal(1);
    h.now += 60_000;
    h.fetcher.answer = () =>
      Promise.resolve({ ...sourceAnswer('', {}), body: bodyOf([Buffer.from('plain text')]) });
    expect(await rejection(ask())).to.have.property('code', 'unsupported-image');
  });

  it('is for those whom the operator serves, of sources that the operator lets be read', async () => {
    const closed = harness({
      requests: { signatures: 'required' },
      secrets: { 'signing-keys': `k:${KEY.toString('base64url')}` },
      sources: { allowedHosts: ['cdn.example'] },
    });
    const asking = (terms: object) => rejection(closed.service.answer(requestOf(HEADER), terms, caller()));
    expect(await asking({})).to.have.property('code', 'signature-required');
    const forged = { ...signatureOf('GET', KEY), mac: 'x' };
    expect(await asking({ signature: forged })).to.have.property('code', 'signature-invalid');
    expect(await asking({ signature: signatureOf('GET', KEY) })).to.have.property('code', 'source-forbidden');
  });
});
