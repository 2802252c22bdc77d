import { expect } from 'chai';
import {
  OverloadedError,
  SourceForbiddenError,
  SourceTimeoutError,
} from '../../../src/domain/errors/index.ts';
import { sourceImage } from '../../support/fakes.ts';
import { rejection } from '../../support/rejection.ts';
import { admission, harness, never, requestFor } from '../../support/service.ts';

const request = requestFor('http://images.example/a.jpg');

describe('ThumbnailService', () => {
  it('makes a thumbnail on a miss and answers from the cache afterwards', async () => {
    const { service, fetcher, resizer } = harness();
    const first = await service.create(request, { signal: never });
    const second = await service.create(request, { signal: never });
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
      { ...request, size: 64 },
      { ...request, fit: 'cover' as const },
      { ...request, format: 'png' as const },
      requestFor('http://images.example/b.jpg'),
    ];
    for (const other of others) await service.create(other, { signal: never });
    expect(fetcher.fetched).to.have.length(others.length);
  });

  it('does the work once for all who wait for it', async () => {
    const { service, fetcher, resizer } = harness();
    const results = await Promise.all(
      Array.from({ length: 50 }, () => service.create(request, { signal: never })),
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
    const outcomes = clients.map(({ signal }) => rejection(service.create(request, { signal })));
    await waitUntil(() => fetcher.signals.length === 1);

    clients[0]!.abort(new Error('first left'));
    expect(await outcomes[0]).to.have.property('message', 'first left');
    expect(fetcher.signals[0]!.aborted).to.equal(false);
    clients[1]!.abort(new Error('second left'));
    expect(await outcomes[1]).to.have.property('message', 'second left');
    expect(fetcher.signals[0]!.aborted).to.equal(true);
  });

  it('passes a fault of its own on, keeps nothing, and tries again for the next one', async () => {
    const { service, fetcher, cache } = harness();
    const fault = new TypeError('defect');
    fetcher.answer = () => Promise.reject(fault);
    expect(await rejection(service.create(request, { signal: never }))).to.equal(fault);
    expect(cache.entries.size).to.equal(0);
    fetcher.answer = () => Promise.resolve(sourceImage('there now'));
    expect((await service.create(request, { signal: never })).cacheStatus).to.equal('miss');
  });

  it('refuses a source that the policy forbids before it looks into the cache', async () => {
    const { service, fetcher } = harness({ sources: { allowedHosts: ['.example.org'] } });
    expect(await rejection(service.create(request, { signal: never }))).to.be.instanceOf(
      SourceForbiddenError,
    );
    expect(fetcher.fetched).to.be.empty;
  });

  it('turns misses away at capacity, while hits are still answered', async () => {
    const { service, fetcher } = harness({ misses: admission({ places: 1, queueLimit: 0 }) });
    await service.create(request, { signal: never });
    const release = Promise.withResolvers<undefined>();
    fetcher.answer = async () => {
      await release.promise;
      return sourceImage('slow');
    };
    const slow = service.create(requestFor('http://images.example/slow'), { signal: never });
    await waitUntil(() => fetcher.fetched.length === 2);
    const refused = await rejection(service.create(requestFor('http://images.example/c'), { signal: never }));
    expect(refused).to.be.instanceOf(OverloadedError);
    expect((await service.create(request, { signal: never })).cacheStatus).to.equal('hit');
    release.resolve(undefined);
    expect((await slow).cacheStatus).to.equal('miss');
  });

  it('gives the bytes of a source back once its thumbnail is made, or cannot be', async () => {
    const { service, fetcher, resizer } = harness();
    const events: string[] = [];
    fetcher.answer = () =>
      Promise.resolve(sourceImage('bytes', { [Symbol.dispose]: () => void events.push('given back') }));
    const { answer } = resizer;
    resizer.answer = async (image, spec) => {
      await Promise.resolve();
      events.push('made');
      return answer(image, spec);
    };
    await service.create(request, { signal: never });
    resizer.answer = () => Promise.reject(new Error('cannot'));
    await rejection(service.create(requestFor('http://images.example/b'), { signal: never }));
    expect(events).to.deep.equal(['made', 'given back', 'given back']);
  });

  it('gives a place back that comes when the fetch has given up waiting for it', async () => {
    const downloadBytes = admission({ budget: 100 });
    const { service, fetcher } = harness({ downloadBytes });
    const inTheWay = await downloadBytes.admit(100, never);
    fetcher.answer = (_source, { reserve }) => {
      void reserve?.(60);
      return Promise.reject(new SourceTimeoutError(1000));
    };
    await rejection(service.create(request, { signal: never }));
    inTheWay[Symbol.dispose]();
    await waitUntil(() => downloadBytes.waiting === 0);
    expect(downloadBytes.spent).to.equal(0);
  });

  it('holds the bytes of a source against the bound until its thumbnail is made', async () => {
    const downloadBytes = admission({ budget: 100 });
    const { service, fetcher, resizer } = harness({ downloadBytes });
    fetcher.answer = async (_source, { reserve }) => {
      await reserve?.(60);
      return sourceImage(Buffer.alloc(60));
    };
    const { answer } = resizer;
    const heldWhileResizing: number[] = [];
    resizer.answer = (image, spec) => {
      heldWhileResizing.push(downloadBytes.spent);
      return answer(image, spec);
    };
    await Promise.all([
      service.create(requestFor('http://images.example/1'), { signal: never }),
      service.create(requestFor('http://images.example/2'), { signal: never }),
    ]);
    expect(heldWhileResizing).to.deep.equal([60, 60]);
    expect(downloadBytes.spent).to.equal(0);
  });
});

async function waitUntil(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setImmediate(resolve));
}
