import { randomBytes } from 'node:crypto';
import { expect } from 'chai';
import { SourceNotFoundError } from '../../../src/domain/errors/index.ts';
import { parseSourceUrl } from '../../../src/domain/request/source-url.ts';
import type { ThumbnailRequest } from '../../../src/domain/request/thumbnail-request.ts';
import { sourceImage } from '../../support/fakes.ts';
import { plain, QUARTERS } from '../../../scripts/kit/images.ts';
import { rejection } from '../../support/rejection.ts';
import { signatureOf } from '../../support/signing.ts';
import { admission, harness, never, requestFor } from '../../support/service.ts';

const MIB = 1024 * 1024;
const URL = 'http://images.example/a.jpg';
const SIZES = [64, 128, 256];
const KEY = randomBytes(32);
const SIGNING_KEYS = { 'signing-keys': `k:${KEY.toString('base64url')}` };

function variants(): ThumbnailRequest[] {
  return SIZES.flatMap((size) => [
    requestFor(URL, { size, format: 'webp' }),
    requestFor(URL, { size, format: 'jpeg' }),
  ]);
}

describe('reading a source', () => {
  it('is done once for all sizes and formats, one after the other', async () => {
    const { service, fetcher, resizer } = harness({ keptSourcesBytes: MIB });
    const results = [];
    for (const request of variants()) results.push(await service.create(request, { signal: never }));
    expect(fetcher.fetched).to.have.length(1);
    expect([resizer.reduced, resizer.resized]).to.deep.equal([1, 6]);
    expect(results.map(({ cacheStatus }) => cacheStatus)).to.deep.equal(Array(6).fill('miss'));
    expect(results[0]!.timings).to.include.keys('fetchMs', 'resizeMs');
    expect(results[1]!.timings).to.have.all.keys('cacheMs', 'resizeMs');
    const facts = results.map(({ entry }) => [
      entry.validators,
      entry.freshUntilMs,
      entry.thumbnail.original,
    ]);
    expect(new Set(facts.map((fact) => JSON.stringify(fact))).size).to.equal(1);
  });

  it('is done once for all sizes and formats that are asked for at a time', async () => {
    const { service, fetcher, resizer } = harness({ keptSourcesBytes: MIB });
    await Promise.all(variants().map((request) => service.create(request, { signal: never })));
    expect(fetcher.fetched).to.have.length(1);
    expect([resizer.reduced, resizer.resized]).to.deep.equal([1, 6]);
  });

  it('is done each time where nothing may be kept', async () => {
    const { service, fetcher, resizer } = harness({ keptSourcesBytes: 0 });
    for (const request of variants()) await service.create(request, { signal: never });
    expect(fetcher.fetched).to.have.length(6);
    expect(resizer.reduced).to.equal(0);
  });

  it('keeps a small file that is quickly decoded as it is', async () => {
    const { service, fetcher, resizer } = harness({ keptSourcesBytes: MIB });
    resizer.decodesQuickly = () => true;
    for (const request of variants()) await service.create(request, { signal: never });
    expect([fetcher.fetched.length, resizer.reduced, resizer.resized]).to.deep.equal([1, 0, 6]);
  });

  it('reduces one that is quickly decoded but large', async () => {
    const { service, fetcher, resizer } = harness({ keptSourcesBytes: MIB });
    resizer.decodesQuickly = () => true;
    fetcher.answer = () => Promise.resolve(sourceImage(new Uint8Array(600 * 1024)));
    await service.create(requestFor(URL), { signal: never });
    expect(resizer.reduced).to.equal(1);
  });

  it('is done again for a size that a JPEG cut short has too little of', async () => {
    const { service, fetcher, resizer } = harness({ keptSourcesBytes: MIB });
    const image = await plain(1000, 700, QUARTERS.red).jpeg({ progressive: true }).toBuffer();
    fetcher.answer = () => Promise.resolve(sourceImage(image, { isPrefix: true, wholeBytes: 5 * MIB }));
    await service.create(requestFor(URL, { size: 64 }), { signal: never });
    await service.create(requestFor(URL, { size: 64, format: 'jpeg' }), { signal: never });
    expect([fetcher.fetched.length, resizer.reduced], 'a ninth is 111 pixels').to.deep.equal([1, 1]);
    fetcher.answer = () => Promise.resolve(sourceImage(image));
    for (const request of variants().slice(2)) await service.create(request, { signal: never });
    expect([fetcher.fetched.length, resizer.reduced]).to.deep.equal([2, 2]);
  });

  it('says how large the whole file is, not how much of it was read', async () => {
    const { service, fetcher } = harness({ keptSourcesBytes: MIB });
    fetcher.answer = () => Promise.resolve(sourceImage('GIF89a', { isPrefix: true, wholeBytes: 5 * MIB }));
    const { entry } = await service.create(requestFor(URL), { signal: never });
    expect(entry.thumbnail.original.bytes).to.equal(5 * MIB);
  });

  it('makes a thumbnail beyond the common sizes of the source itself', async () => {
    const { service, resizer, fetcher } = harness({ keptSourcesBytes: MIB, secrets: SIGNING_KEYS });
    for (const format of ['webp', 'jpeg'] as const) {
      const signature = signatureOf('GET /thumbnail?large', KEY);
      await service.create(requestFor(URL, { size: 512, format, signature }), { signal: never });
    }
    expect([fetcher.fetched.length, resizer.reduced, resizer.resized]).to.deep.equal([2, 0, 2]);
  });

  it('is done anew for who asks for that, and once a source was purged', async () => {
    const { service, fetcher, resizer } = harness({ keptSourcesBytes: MIB, secrets: SIGNING_KEYS });
    const [first, second, third] = variants();
    await service.create(first!, { signal: never });
    await service.create({ ...second!, refresh: true }, { signal: never });
    expect([fetcher.fetched.length, resizer.reduced]).to.deep.equal([2, 2]);
    const source = parseSourceUrl(URL);
    await service.purge({ source, signature: signatureOf('DELETE /thumbnail?url', KEY) });
    await service.create(third!, { signal: never });
    expect([fetcher.fetched.length, resizer.reduced]).to.deep.equal([3, 3]);
  });

  it('asks the source again once what was read is no longer fresh', async () => {
    const state = harness({ keptSourcesBytes: MIB, lifetimes: { defaultMs: 5000, minMs: 1000 } });
    const [first, second] = variants();
    await state.service.create(first!, { signal: never });
    state.now += 5001;
    await state.service.create(second!, { signal: never });
    expect(state.fetcher.fetched).to.have.length(2);
  });

  it('keeps nothing of a source that wants to be kept nowhere, and still reads it once for all who wait', async () => {
    const { service, fetcher } = harness({ keptSourcesBytes: MIB });
    fetcher.answer = () =>
      Promise.resolve(sourceImage('source', { freshness: { storable: false, ttlMs: undefined } }));
    const results = await Promise.all(variants().map((each) => service.create(each, { signal: never })));
    expect(fetcher.fetched).to.have.length(1);
    expect(results.some(({ stored }) => stored)).to.equal(false);
    await service.create(variants()[0]!, { signal: never });
    expect(fetcher.fetched).to.have.length(2);
  });

  it('tells all who wait of a fault that one has met, and holds nothing afterwards', async () => {
    const [misses, downloadBytes] = [admission({ places: 1 }), admission()];
    const { service, fetcher } = harness({ keptSourcesBytes: MIB, misses, downloadBytes });
    fetcher.answer = async (_source, { reserve }) => {
      await reserve?.(1000);
      throw new SourceNotFoundError(404);
    };
    const faults = await Promise.all(
      variants().map((each) => rejection(service.create(each, { signal: never }))),
    );
    expect(faults.map((fault) => (fault as SourceNotFoundError).code)).to.deep.equal(
      Array(6).fill('source-not-found'),
    );
    expect(fetcher.fetched).to.have.length(1);
    expect([misses.inside, downloadBytes.spent]).to.deep.equal([0, 0]);
  });

  it('goes on for the others when the one that began it leaves', async () => {
    const misses = admission();
    const { service, fetcher } = harness({ keptSourcesBytes: MIB, misses });
    const arrived = Promise.withResolvers<undefined>();
    const began = Promise.withResolvers<undefined>();
    fetcher.answer = async () => {
      began.resolve(undefined);
      await arrived.promise;
      return sourceImage('source');
    };
    const [first, second] = variants();
    const client = new AbortController();
    const leaving = rejection(service.create(first!, { signal: client.signal }));
    await began.promise;
    const staying = service.create(second!, { signal: never });
    await new Promise((resolve) => setImmediate(resolve));
    client.abort(new Error('left'));
    expect(await leaving).to.have.property('message', 'left');
    arrived.resolve(undefined);
    expect((await staying).cacheStatus).to.equal('miss');
    expect([fetcher.fetched.length, misses.inside]).to.deep.equal([1, 0]);
  });

  it('reads each for itself where the image cannot be held for all', async () => {
    const [misses, downloadBytes] = [admission(), admission()];
    const { service, fetcher, resizer } = harness({ keptSourcesBytes: MIB, misses, downloadBytes });
    resizer.reduce = () => Promise.resolve(undefined);
    fetcher.answer = async (_source, { reserve }) => {
      await reserve?.(1000);
      return sourceImage('source');
    };
    const results = await Promise.all(variants().map((each) => service.create(each, { signal: never })));
    expect(results.map(({ entry }) => entry.thumbnail.bytes.toString())).to.include('source 64 inside jpeg');
    expect(resizer.resized).to.equal(6);
    expect([misses.inside, downloadBytes.spent]).to.deep.equal([0, 0]);
  });
});
