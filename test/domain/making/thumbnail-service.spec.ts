import { expect } from 'chai';
import { OverloadedError, SourceForbiddenError } from '../../../src/domain/errors/index.ts';
import { imageOf, sourceAnswer } from '../../support/fakes.ts';
import { MockClock } from '../../support/mock-clock.ts';
import { rejection } from '../../support/rejection.ts';
import { admission, caller, harness, requestFor, memoryPool, takeFrom } from '../../support/service.ts';

const URL = 'http://images.example/a.jpg';
const request = requestFor(URL);

describe('ThumbnailService', () => {
  it('makes a thumbnail on a miss and answers from the cache afterwards', async () => {
    const { service, fetcher, resizer } = harness();
    const first = await service.thumbnail(request, {}, caller());
    const second = await service.thumbnail(request, {}, caller());
    expect(first.cacheStatus).to.equal('miss');
    expect(first.timings).to.include.keys('cacheMs', 'fetchMs', 'resizeMs');
    expect(second.cacheStatus).to.equal('hit');
    expect(second.timings).to.have.all.keys('cacheMs');
    expect(second.entry).to.deep.equal(first.entry);
    expect(fetcher.fetched).to.deep.equal(['http://images.example/a.jpg']);
    expect(resizer.resized).to.equal(1);
  });

  it('keeps other sizes, fits, formats and sources apart', async () => {
    const { service, fetcher } = harness();
    const others = [
      request,
      requestFor('http://images.example/a.jpg', { size: 64 }),
      requestFor('http://images.example/a.jpg', { fit: 'cover' }),
      requestFor('http://images.example/a.jpg', { format: 'png' }),
      requestFor('http://images.example/b.jpg'),
    ];
    for (const other of others) await service.thumbnail(other, {}, caller());
    expect(fetcher.fetched).to.have.length(others.length);
  });

  it('does the work once for all who wait for it', async () => {
    const { service, fetcher, resizer } = harness();
    const results = await Promise.all(
      Array.from({ length: 50 }, () => service.thumbnail(request, {}, caller())),
    );
    expect(fetcher.fetched).to.have.length(1);
    expect(resizer.resized).to.equal(1);
    expect(new Set(results.map(({ entry }) => entry)).size).to.equal(1);
  });

  it('aborts the work only when the last one who waits has left', async () => {
    const { service, fetcher } = harness();
    fetcher.answer = (_source, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
    const clients = [new AbortController(), new AbortController()];
    const outcomes = clients.map(({ signal }) => rejection(service.thumbnail(request, {}, caller(signal))));
    await waitUntil(() => fetcher.signals.length === 1);

    clients[0]!.abort(new Error('first left'));
    expect(await outcomes[0]).to.have.property('message', 'first left');
    expect(fetcher.signals[0]!.aborted).to.equal(false);
    clients[1]!.abort(new Error('second left'));
    expect(await outcomes[1]).to.have.property('message', 'second left');
    expect(fetcher.signals[0]!.aborted).to.equal(true);
  });

  it('passes a defect on, keeps nothing, and tries again for the next one', async () => {
    const { service, fetcher, cache } = harness();
    const fault = new TypeError('defect');
    fetcher.answer = () => Promise.reject(fault);
    expect(await rejection(service.thumbnail(request, {}, caller()))).to.equal(fault);
    expect(cache.kept).to.have.length(0);
    fetcher.answer = () => Promise.resolve(sourceAnswer('there now'));
    expect((await service.thumbnail(request, {}, caller())).cacheStatus).to.equal('miss');
  });

  it('refuses a source that the policy forbids before it looks into the cache', async () => {
    const { service, fetcher } = harness({ sources: { allowedHosts: ['.example.org'] } });
    expect(await rejection(service.thumbnail(request, {}, caller()))).to.be.instanceOf(SourceForbiddenError);
    expect(fetcher.fetched).to.be.empty;
  });

  it('sheds misses at capacity, while hits are still answered', async () => {
    const { service, fetcher } = harness({ misses: admission({ places: 1, queueLimit: 0 }) });
    await service.thumbnail(request, {}, caller());
    const release = Promise.withResolvers<undefined>();
    fetcher.answer = async () => {
      await release.promise;
      return sourceAnswer('slow');
    };
    const slow = service.thumbnail(requestFor('http://images.example/slow'), {}, caller());
    await waitUntil(() => fetcher.fetched.length === 2);
    const refused = await rejection(service.thumbnail(requestFor('http://images.example/c'), {}, caller()));
    expect(refused).to.be.instanceOf(OverloadedError);
    expect((await service.thumbnail(request, {}, caller())).cacheStatus).to.equal('hit');
    release.resolve(undefined);
    expect((await slow).cacheStatus).to.equal('miss');
  });

  it('takes no wait of its own for a slow source', async () => {
    const downloadBytes = memoryPool(100);
    const { service } = harness({ downloadBytes, limits: { maxBytes: 60, timeoutMs: 20 } });
    const inTheWay = takeFrom(downloadBytes, 100);
    using clock = new MockClock();
    const asked = service.thumbnail(request, {}, caller());
    await clock.pass(40);
    inTheWay[Symbol.dispose]();
    expect((await asked).cacheStatus).to.equal('miss');
    expect(downloadBytes.spent).to.equal(0);
  });

  it('holds the bytes of a source against the bound until its thumbnail is made, or cannot be', async () => {
    const downloadBytes = memoryPool(100);
    const { service, fetcher, resizer } = harness({ downloadBytes, limits: { maxBytes: 60 } });
    fetcher.answer = () =>
      Promise.resolve(sourceAnswer('x', { headers: { 'content-length': String(imageOf('x').length) } }));
    const { answer } = resizer;
    const heldWhileResizing: number[] = [];
    resizer.answer = async (image, spec) => {
      await Promise.resolve();
      heldWhileResizing.push(downloadBytes.spent);
      return answer(image, spec);
    };
    await service.thumbnail(requestFor('http://images.example/1'), {}, caller());
    resizer.answer = () => Promise.reject(new Error('cannot'));
    await rejection(service.thumbnail(requestFor('http://images.example/2'), {}, caller()));
    expect(heldWhileResizing).to.deep.equal([imageOf('x').length]);
    expect(downloadBytes.spent).to.equal(0);
  });

  it('reads the bytes of a source until its thumbnail is made, and gives their memory back then', async () => {
    const { service, resizer } = harness();
    let bytes: Uint8Array | undefined;
    resizer.resize = async (image, spec) => {
      bytes = 'bytes' in image ? image.bytes : undefined;
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(bytes?.length).to.equal(imageOf('source').length);
      return resizer.answer('source', spec);
    };
    await service.thumbnail(request, {}, caller());
    expect(bytes?.length, 'detached').to.equal(0);
  });
});

async function waitUntil(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
