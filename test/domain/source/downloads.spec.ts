import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { type SourceUrl, parseSourceUrl } from '../../../src/domain/request/source-url.ts';
import { Downloads } from '../../../src/domain/source/downloads.ts';
import type { FetchOptions, ImageFetcher, SourceAnswer } from '../../../src/ports/image-fetcher.ts';
import type { Operation, Outcome } from '../../../src/ports/operation-observer.ts';
import { photograph } from '../../../scripts/kit/images.ts';
import { FakeFetcher, bodyOf, sourceAnswer } from '../../support/fakes.ts';
import { rejection } from '../../support/rejection.ts';
import { admission, caller } from '../../support/service.ts';

const url = parseSourceUrl('http://images.test:81/path?query');
const box = { size: 64, fit: 'inside' } as const;

describe('Downloads', () => {
  let fetcher: FakeFetcher;
  let told: (Operation & { readonly outcome: Outcome })[];
  let misses: ReturnType<typeof admission>;
  let downloadBytes: ReturnType<typeof admission>;
  let downloads: Downloads;

  beforeEach(() => {
    fetcher = new FakeFetcher();
    told = [];
    [misses, downloadBytes] = [admission(), admission()];
    downloads = new Downloads({
      fetcher,
      limits: { maxBytes: 1e6, timeoutMs: 50, partialDownloads: true },
      misses,
      downloadBytes,
      observe: (operation) => (outcome) => void told.push({ ...operation, outcome }),
      now: Date.now,
    });
  });

  const expectNothingHeld = () => {
    expect([misses.inside, downloadBytes.spent]).to.deep.equal([0, 0]);
  };

  it('hold a slot and the bytes that may come until they are disposed of', async () => {
    const download = await downloads.start({ url, box }, caller());
    expect([misses.inside, downloadBytes.spent]).to.deep.equal([1, 1e6]);
    download[Symbol.dispose]();
    expectNothingHeld();
    expect(download.body?.bytes.length, 'detached').to.equal(0);
  });

  it('tell an observer of the host, and of an error, which they pass on', async () => {
    const error = new Error('broken');
    fetcher.answer = () => Promise.reject(error);
    expect(await rejection(downloads.start({ url, box }, caller()))).to.equal(error);
    expect(told).to.deep.equal([{ name: 'fetch', host: 'images.test:81', outcome: { error } }]);
    expectNothingHeld();
  });

  for (const [what, announced] of [
    ['is known', true],
    ['is not', false],
  ] as const) {
    it(`tell how many bytes an early end has saved, where the length ${what}`, async () => {
      const file = await photograph({ width: 1000, height: 750 }).jpeg({ progressive: true }).toBuffer();
      const headers = announced ? { 'content-length': String(file.length) } : {};
      fetcher.answer = () =>
        Promise.resolve({ ...sourceAnswer('', { headers }), body: bodyOf(piecesOf(file)) });
      using download = await downloads.start({ url, box }, caller());
      const { isPart, receivedBytes = 0 } = download.body ?? {};
      expect(isPart).to.equal(true);
      expect(receivedBytes).to.be.below(file.length);
      const savedBytes = announced ? file.length - receivedBytes : 0;
      expect(told).to.deep.equal([{ name: 'fetch', host: 'images.test:81', outcome: { savedBytes } }]);
    });
  }

  const expectTimeout = async () => {
    expect(await rejection(downloads.start({ url, box }, caller()))).to.have.property(
      'code',
      'source-timeout',
    );
    expectNothingHeld();
    expect(told.map(({ outcome }) => (outcome.error as { code?: string }).code)).to.deep.equal([
      'source-timeout',
    ]);
  };

  describe('of a fetcher that prepares', () => {
    let preparing: PromiseWithResolvers<undefined>;
    let fetcherOf: FakeFetcher & Required<Pick<ImageFetcher, 'prepare'>>;

    beforeEach(() => {
      preparing = Promise.withResolvers();
      fetcherOf = Object.assign(fetcher, {
        prepare: async (source: SourceUrl) => {
          await preparing.promise;
          return (options: FetchOptions) => fetcher.fetch(source, options);
        },
      });
    });

    it('hold nothing until it has, and tell an observer of both', async () => {
      const starting = downloads.start({ url, box }, caller());
      await new Promise((resolve) => setImmediate(resolve));
      expect([misses.inside, misses.waiting, fetcher.fetched.length]).to.deep.equal([0, 0, 0]);
      preparing.resolve(undefined);
      using _download = await starting;
      expect([misses.inside, fetcher.fetched.length]).to.deep.equal([1, 1]);
      expect(told.map(({ name, host }) => [name, host])).to.deep.equal([
        ['prepare', 'images.test:81'],
        ['fetch', 'images.test:81'],
      ]);
    });

    it('reject with what it rejects with, and fetch nothing', async () => {
      const error = new Error('no such name');
      preparing.reject(error);
      expect(await rejection(downloads.start({ url, box }, caller()))).to.equal(error);
      expect(fetcher.fetched).to.deep.equal([]);
      expect(told).to.deep.equal([{ name: 'prepare', host: 'images.test:81', outcome: { error } }]);
    });

    it('end at the deadline though it does not obey it', () => expectTimeout());

    it('end at one deadline for both', async () => {
      fetcherOf.prepare = async () => {
        await sleep(400);
        return () => new Promise(() => undefined);
      };
      const limits = { maxBytes: 1e6, timeoutMs: 600, partialDownloads: true };
      const slower = new Downloads({ fetcher, limits, misses, downloadBytes, now: Date.now });
      const startedAt = performance.now();
      const error = await rejection(slower.start({ url, box }, caller()));
      expect(error).to.have.property('code', 'source-timeout');
      expect(performance.now() - startedAt).to.be.below(950);
    });
  });

  it('end at the deadline, which a fetcher obeys', async () => {
    fetcher.answer = (_url, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
    await expectTimeout();
  });

  it('end at the deadline though a fetcher does not obey it, and end what it answers later', async () => {
    const late = Promise.withResolvers<SourceAnswer>();
    let ended = 0;
    fetcher.answer = () => late.promise;
    await expectTimeout();
    late.resolve({ ...sourceAnswer('late'), [Symbol.dispose]: () => void (ended += 1) });
    await new Promise((resolve) => setImmediate(resolve));
    expect(ended).to.equal(1);
  });

  it('end at the deadline though a body does not obey it, and take in nothing of it later', async () => {
    const more = Promise.withResolvers<undefined>();
    let ended = 0;
    const dispose = { [Symbol.dispose]: () => void (ended += 1) };
    fetcher.answer = () =>
      Promise.resolve({ ...sourceAnswer(''), body: waitingFor(more.promise), ...dispose });
    await expectTimeout();
    expect(ended).to.equal(1);
    more.resolve(undefined);
    await new Promise((resolve) => setImmediate(resolve));
    expectNothingHeld();
  });
});

async function* waitingFor(more: Promise<undefined>): AsyncGenerator<Uint8Array> {
  yield new Uint8Array(10);
  await more;
  yield new Uint8Array(10);
}

function* piecesOf(file: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < file.length; at += 1000) yield file.subarray(at, at + 1000);
}
