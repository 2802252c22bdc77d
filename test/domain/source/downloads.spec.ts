import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { SourceTooLargeError, UnsupportedImageError } from '../../../src/domain/errors/index.ts';
import { type SourceUrl, parseSourceUrl } from '../../../src/domain/request/source-url.ts';
import { Downloads } from '../../../src/domain/source/downloads.ts';
import type { Hosts } from '../../../src/domain/source/hosts.ts';
import type { MemoryPool } from '../../../src/domain/work/memory-pool.ts';
import type { FetchOptions, SourceAnswer } from '../../../src/ports/image-fetcher.ts';
import type { Operation, Outcome } from '../../../src/ports/operation-observer.ts';
import { photograph } from '../../../scripts/kit/images.ts';
import { FakeFetcher, bodyOf, sourceAnswer } from '../../support/fakes.ts';
import { MockClock, turnOfTheLoop } from '../../support/mock-clock.ts';
import { rejection } from '../../support/rejection.ts';
import { admission, caller, hostsOf, memoryPool } from '../../support/service.ts';
import { PartialDecoder } from '../../../src/domain/image/partial/partial-decoder.ts';
import { boxOf } from '../../../scripts/kit/spec.ts';

const url = parseSourceUrl('http://images.test:81/path?query');
const TIMEOUT_MS = 50;
const request = () => ({ url, endsWith: new PartialDecoder(boxOf(64)) });

describe('Downloads', () => {
  let clock: MockClock;
  let fetcher: FakeFetcher;
  let told: (Operation & { readonly outcome: Outcome })[];
  let hosts: Hosts;
  let misses: ReturnType<typeof admission>;
  let downloadBytes: MemoryPool;
  let downloads: Downloads;

  beforeEach(() => {
    clock = new MockClock();
    fetcher = new FakeFetcher();
    told = [];
    hosts = hostsOf({ places: 2, queueTimeoutMs: 2000 });
    [misses, downloadBytes] = [admission(), memoryPool()];
    downloads = new Downloads({
      fetcher,
      limits: { maxBytes: 1e6, timeoutMs: TIMEOUT_MS, partialDownloads: true },
      hosts,
      misses,
      downloadBytes,
      observe: (operation) => (outcome) => void told.push({ ...operation, outcome }),
      now: Date.now,
    });
  });

  afterEach(() => clock[Symbol.dispose]());

  /** What a download has rejected with by its deadline. */
  const late = async (starting = downloads.start(request(), caller())) => {
    const error = rejection(starting);
    await clock.pass(TIMEOUT_MS);
    return error;
  };

  const expectNothingHeld = () => {
    expect([hosts.inside, misses.inside, downloadBytes.spent]).to.deep.equal([0, 0, 0]);
  };

  it('hold a slot and the bytes that may come until they are disposed of', async () => {
    const download = await downloads.start(request(), caller());
    expect([misses.inside, downloadBytes.spent]).to.deep.equal([1, 11]);
    download[Symbol.dispose]();
    expectNothingHeld();
    expect(download.body?.bytes.length, 'detached').to.equal(0);
  });

  it('tell an observer of the host, and of an error, which they pass on', async () => {
    const error = new Error('broken');
    fetcher.answer = () => Promise.reject(error);
    expect(await rejection(downloads.start(request(), caller()))).to.equal(error);
    expect(told).to.deep.equal([{ name: 'fetch', host: 'images.test:81', outcome: { error } }]);
    expectNothingHeld();
  });

  it('tell an observer that the caller has left, which is no fault of the source', async () => {
    const client = new AbortController();
    fetcher.answer = () => new Promise(() => undefined);
    const error = rejection(downloads.start(request(), { ...caller(), signal: client.signal }));
    await turnOfTheLoop();
    client.abort(new Error('left'));
    expect(await error).to.have.property('message', 'left');
    expect(told).to.deep.equal([{ name: 'fetch', host: 'images.test:81', outcome: { result: 'cancelled' } }]);
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
      using download = await downloads.start(request(), caller());
      const { isPart, receivedBytes = 0 } = download.body ?? {};
      expect(isPart).to.equal(true);
      expect(receivedBytes).to.be.below(file.length);
      const savedBytes = announced ? file.length - receivedBytes : 0;
      expect(told).to.deep.equal([{ name: 'fetch', host: 'images.test:81', outcome: { savedBytes } }]);
    });
  }

  it('wait for a slot at the host before they take one of the misses', async () => {
    fetcher.answer = () => new Promise(() => undefined);
    const others = [1, 2, 3].map(() => rejection(downloads.start(request(), caller())));
    await turnOfTheLoop();
    expect([hosts.inside, hosts.waiting, misses.inside, misses.waiting]).to.deep.equal([2, 1, 2, 0]);
    await clock.pass(2 * TIMEOUT_MS);
    await Promise.all(others);
    expectNothingHeld();
  });

  it('give the slot at the host back with the last byte, and the others later', async () => {
    using _download = await downloads.start(request(), caller());
    expect([hosts.inside, misses.inside]).to.deep.equal([0, 1]);
  });

  describe('that are redirected', () => {
    const target = parseSourceUrl('http://target.test/');
    const redirected = () => {
      fetcher.answer = async (_url, { onRedirect }) => {
        await onRedirect?.(target);
        return sourceAnswer('image');
      };
      return downloads.start(request(), caller());
    };

    it('need a slot at the second host, and hold nothing while they wait for it', async () => {
      const [visit] = await Promise.all([1, 2].map(() => hosts.visit(target.host, caller())));
      const starting = redirected();
      await clock.pass(2 * TIMEOUT_MS);
      expect([hosts.inside, hosts.waiting, misses.inside]).to.deep.equal([2, 1, 0]);
      visit?.end('in-time');
      using _download = await starting;
      expect([hosts.inside, misses.inside]).to.deep.equal([1, 1]);
    });

    it('are late because of the second host, not of the first', async () => {
      fetcher.answer = async (_url, { onRedirect, signal }) => {
        await onRedirect?.(target);
        return new Promise((_resolve, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason as Error)),
        );
      };
      for (let time = 0; time < 3; time += 1) await late();
      expect(() => hosts.check(url.host)).to.not.throw();
      expect(() => hosts.check(target.host)).to.throw('not answered in time');
      expect(await rejection(redirected())).to.have.property('name', 'SourceSuspendedError');
      expectNothingHeld();
    });
  });

  it('ask no host that was late again and again, which an observer is not told of', async () => {
    fetcher.answer = () => new Promise(() => undefined);
    for (let time = 0; time < 3; time += 1) await late();
    const error = await rejection(downloads.start(request(), caller()));
    expect(error).to.include({ code: 'source-timeout', retryAfterSeconds: 5 });
    expect([fetcher.fetched.length, told.length]).to.deep.equal([3, 3]);
  });

  it('do not take a client that leaves, or a fault that is told at once, for a late host', async () => {
    fetcher.answer = () => Promise.reject(new Error('refused'));
    for (let time = 0; time < 4; time += 1) await rejection(downloads.start(request(), caller()));
    fetcher.answer = () => new Promise(() => undefined);
    for (let time = 0; time < 4; time += 1) {
      const client = new AbortController();
      const leaving = rejection(downloads.start(request(), caller(client.signal)));
      await turnOfTheLoop();
      client.abort(new Error('left'));
      await leaving;
    }
    expect(fetcher.fetched).to.have.length(8);
    expect(hosts.suspended).to.equal(0);
  });

  const expectTimeout = async () => {
    expect(await late()).to.have.property('code', 'source-timeout');
    expectNothingHeld();
    expect(told.map(({ outcome }) => (outcome.error as { code?: string }).code)).to.deep.equal([
      'source-timeout',
    ]);
  };

  describe('of a fetcher that prepares', () => {
    let preparing: PromiseWithResolvers<undefined>;

    beforeEach(() => {
      preparing = Promise.withResolvers();
      Object.assign(fetcher, {
        prepare: async (source: SourceUrl) => {
          await preparing.promise;
          return (options: FetchOptions) => fetcher.fetch(source, options);
        },
      });
    });

    it('hold nothing until it has, and tell an observer of both', async () => {
      const starting = downloads.start(request(), caller());
      await turnOfTheLoop();
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
      expect(await rejection(downloads.start(request(), caller()))).to.equal(error);
      expect(fetcher.fetched).to.deep.equal([]);
      expect(told).to.deep.equal([{ name: 'prepare', host: 'images.test:81', outcome: { error } }]);
    });

    it('end at the deadline though it does not obey it', () => expectTimeout());

    it('end at one deadline for both', async () => {
      const starting = downloads.start(request(), caller());
      fetcher.answer = () => new Promise(() => undefined);
      await clock.pass(TIMEOUT_MS - 20);
      preparing.resolve(undefined);
      const error = rejection(starting);
      await clock.pass(19);
      expect(fetcher.fetched).to.have.length(1);
      expect(misses.inside).to.equal(1);
      await clock.pass(1);
      expect(misses.inside).to.equal(0);
      expect(await error).to.have.property('code', 'source-timeout');
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
    const answer = Promise.withResolvers<SourceAnswer>();
    let ended = 0;
    fetcher.answer = () => answer.promise;
    await expectTimeout();
    answer.resolve({ ...sourceAnswer('late'), [Symbol.dispose]: () => void (ended += 1) });
    await turnOfTheLoop();
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
    await turnOfTheLoop();
    expectNothingHeld();
  });

  describe('of what is no accepted image', () => {
    const inputFormats = ['jpeg', 'png'] as const;
    let sentBytes: number;
    let isClosed: boolean;

    beforeEach(() => {
      [sentBytes, isClosed] = [0, false];
    });

    /** Goes on for ever after that, and counts what it was asked for. */
    const answerWith = (beginning: string, headers = {}) => {
      async function* body() {
        yield Buffer.from(beginning, 'latin1');
        for (;;) {
          sentBytes += 1000;
          yield await sleep(0, Buffer.alloc(1000, beginning, 'latin1'));
        }
      }
      fetcher.answer = ({ href }) =>
        Promise.resolve({
          ...sourceAnswer('', { href, headers }),
          body: body(),
          [Symbol.dispose]: () => void (isClosed = true),
        });
    };

    for (const [what, beginning, name] of [
      ['a web page', '<!doctype html><title>Photo</title>', 'This is a web page, '],
      [
        'a stream of images',
        '--frame\r\nContent-Type: image/jpeg\r\n\r\n',
        "This is a camera's video stream, ",
      ],
      ['a text', 'text', 'This is a text file, '],
      ['noise', '\x80\x01\x02\x03', "This isn't a JPEG or PNG image. "],
    ] as const) {
      it(`ends ${what} without end as soon as it shows`, async () => {
        answerWith(beginning);
        const error = await rejection(downloads.start({ ...request(), inputFormats }, caller()));
        expect(error).to.be.instanceOf(UnsupportedImageError);
        expect((error as Error).message).to.match(new RegExp(`^${name}`));
        expect(sentBytes).to.be.at.most(2000);
        expect(isClosed).to.equal(true);
        expectNothingHeld();
      });
    }

    it('calls a video a video although it is too large as well, and waits for that no longer than a second', async () => {
      const large = { 'content-length': '5000000000' };
      const start = () => rejection(downloads.start({ ...request(), inputFormats }, caller()));
      answerWith('\x00\x00\x00\x18ftypisom\x00\x00\x02\x00isommp41', large);
      expect(await start())
        .to.have.property('message')
        .that.matches(/^This is a video, /);
      answerWith('\x89PNG\r\n\x1a\n'.padEnd(40), large);
      expect(await start()).to.be.instanceOf(SourceTooLargeError);
      expectNothingHeld();
    });
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
