import { expect } from 'chai';
import { SourceNotFoundError, SourceTimeoutError } from '../../../src/domain/errors/index.ts';
import type { Lease } from '../../../src/ports/thumbnail-cache.ts';
import { sourceAnswer } from '../../support/fakes.ts';
import { rejection } from '../../support/rejection.ts';
import { signatureOf } from '../../support/signing.ts';
import { caller, type Harness, harness, requestFor } from '../../support/service.ts';

const KEY = Buffer.alloc(32, 'key');
const SIGNED = { signature: signatureOf('GET', KEY) };
const REFRESH = { ...SIGNED, refresh: true };
const MIN_MS = 60_000;
const request = requestFor('http://images.example/a.jpg');

describe('refreshing a thumbnail', () => {
  let h: Harness;
  const ask = (terms = {}, signal?: AbortSignal) => h.service.thumbnail(request, terms, caller(signal));
  const refresh = (signal?: AbortSignal) => ask(REFRESH, signal);
  const textOf = async (asked: ReturnType<typeof ask>) =>
    Buffer.from((await asked).entry.thumbnail.bytes).toString();
  const serve = (text: string) => {
    h.fetcher.answer = ({ href }, { validators }) => {
      const status = validators?.etag === `"${text}"` ? 304 : 200;
      return Promise.resolve(sourceAnswer(text, { href, status, headers: { etag: `"${text}"` } }));
    };
  };

  beforeEach(() => {
    const lifetimes = { defaultMs: 10 * MIN_MS, minMs: MIN_MS, maxMs: 100 * MIN_MS };
    h = harness({ secrets: { 'signing-keys': `k:${KEY.toString('base64url')}` }, lifetimes });
    serve('v1');
  });

  /** With a thumbnail that is fresh, and old enough to be refreshed. */
  const begun = async () => {
    await ask();
    h.now += MIN_MS;
  };

  it('asks the source though the thumbnail is fresh, and keeps what comes', async () => {
    await begun();
    serve('v2');
    const { cacheStatus } = await refresh();
    expect(cacheStatus).to.equal('miss');
    expect(await textOf(ask())).to.match(/^v2 /);
    expect(h.fetcher.fetched).to.have.length(2);
  });

  it('does nothing on an unsigned request', async () => {
    await begun();
    expect((await ask({ refresh: true })).cacheStatus).to.equal('hit');
    expect(h.fetcher.fetched).to.have.length(1);
  });

  it('neither downloads nor decodes what has not changed', async () => {
    await begun();
    expect((await refresh()).cacheStatus).to.equal('miss');
    expect([h.fetcher.fetched.length, h.resizer.resized]).to.deep.equal([2, 1]);
  });

  it('asks once for all who ask at a time', async () => {
    await begun();
    serve('v2');
    const texts = await Promise.all(Array.from({ length: 20 }, () => textOf(refresh())));
    expect(new Set(texts).size).to.equal(1);
    expect(texts[0]).to.match(/^v2 /);
    expect([h.fetcher.fetched.length, h.resizer.resized]).to.deep.equal([2, 2]);
  });

  for (const [what, change] of [
    ['has changed', () => serve('v2')],
    ['has not changed', () => undefined],
    ['fails', () => (h.fetcher.answer = () => Promise.reject(new SourceTimeoutError(1000)))],
    ['is gone', () => (h.fetcher.answer = () => Promise.reject(new SourceNotFoundError(404)))],
  ] as const) {
    it(`asks no more within CACHE_TTL_MIN where the source ${what}`, async () => {
      await begun();
      change();
      await Promise.allSettled([refresh()]);
      expect(h.fetcher.fetched).to.have.length(2);
      h.now += 29_000;
      for (let count = 0; count < 5; count += 1) await Promise.allSettled([refresh()]);
      expect(h.fetcher.fetched).to.have.length(2);
      // The answer is that of a request without the header.
      const [plain, refreshed] = await Promise.allSettled([ask(SIGNED), refresh()]);
      expect(refreshed).to.have.property('status', plain.status);
    });
  }

  it('is a hit for one who asks soon after', async () => {
    await begun();
    serve('v2');
    await refresh();
    h.now += MIN_MS - 1;
    expect((await refresh()).cacheStatus).to.equal('hit');
    h.now += 1;
    serve('v3');
    expect(await textOf(refresh())).to.match(/^v3 /);
  });

  it('does not join work that began before it was asked for', async () => {
    const early = Promise.withResolvers<undefined>();
    h.fetcher.answer = async () => {
      await early.promise;
      return sourceAnswer('v1');
    };
    const plain = textOf(ask());
    while (h.fetcher.fetched.length === 0) await new Promise((resolve) => setImmediate(resolve));
    serve('v2');
    expect(await textOf(refresh())).to.match(/^v2 /);
    early.resolve(undefined);
    expect(await plain).to.match(/^v1 /);
  });

  it('is not undone by work that began before, on this size or another, and ends later', async () => {
    h = harness({ secrets: h.secrets.secrets, keptSourcesBytes: 1e6 });
    const early = Promise.withResolvers<undefined>();
    h.fetcher.answer = async () => {
      await early.promise;
      return sourceAnswer('v1');
    };
    const sizes = [128, 64].map((size) => requestFor('http://images.example/a.jpg', { size }));
    const show = () => Promise.all(sizes.map((size) => textOf(h.service.thumbnail(size, {}, caller()))));
    const slow = show();
    while (h.fetcher.fetched.length === 0) await new Promise((resolve) => setImmediate(resolve));
    h.now += 1000;
    serve('v2');
    await refresh();
    h.now += 1000;
    early.resolve(undefined);
    for (const text of await slow) expect(text).to.match(/^v1 /);
    for (const text of await show()) expect(text).to.match(/^v2 /);
  });

  it('keeps all sizes that find the same change together, however slow the source is', async () => {
    const sizes = [128, 64].map((size) => requestFor('http://images.example/a.jpg', { size }));
    const show = () => Promise.all(sizes.map((size) => h.service.thumbnail(size, {}, caller())));
    await show();
    h.now += 10 * MIN_MS;
    const answers = sizes.map(() => Promise.withResolvers<undefined>());
    let asked = 0;
    h.fetcher.answer = async () => {
      await answers[asked++]?.promise;
      return sourceAnswer('v2');
    };
    for (const size of sizes) {
      await h.service.thumbnail(size, {}, caller());
      h.now += 500;
    }
    h.now += 5000;
    for (const answer of answers.toReversed()) {
      const before = h.resizer.resized;
      answer.resolve(undefined);
      while (h.resizer.resized === before) await new Promise((resolve) => setImmediate(resolve));
      for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    }
    for (const { cacheStatus, entry } of await show()) {
      expect(cacheStatus).to.equal('hit');
      expect(Buffer.from(entry.thumbnail.bytes).toString()).to.match(/^v2 /);
    }
  });

  it('leaves the earlier thumbnail where it is while the source fails, and says so', async () => {
    await begun();
    h.fetcher.answer = () => Promise.reject(new SourceTimeoutError(1000));
    const { cacheStatus, entry } = await refresh();
    expect(cacheStatus).to.equal('stale');
    expect(Buffer.from(entry.thumbnail.bytes).toString()).to.match(/^v1 /);
    expect((await ask()).cacheStatus).to.equal('hit');
  });

  it('leaves it as fresh as it was, so that nobody can age it while the source fails', async () => {
    await begun();
    const { freshUntilMs } = (await ask()).entry;
    h.fetcher.answer = () => Promise.reject(new SourceTimeoutError(1000));
    await refresh();
    h.now = freshUntilMs - 1;
    const { cacheStatus, entry } = await ask();
    expect([cacheStatus, entry.freshUntilMs]).to.deep.equal(['hit', freshUntilMs]);
    expect(h.fetcher.fetched).to.have.length(2);
  });

  it('tells that the source is gone', async () => {
    await begun();
    h.fetcher.answer = () => Promise.reject(new SourceNotFoundError(404));
    expect(await rejection(refresh())).to.have.property('code', 'source-not-found');
    expect(await rejection(ask())).to.have.property('code', 'source-not-found');
  });

  it('ends when the last one who waits for it has left', async () => {
    await begun();
    h.fetcher.answer = (_source, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
    const clients = [new AbortController(), new AbortController()];
    const left = clients.map(({ signal }) => rejection(refresh(signal)));
    while (h.fetcher.fetched.length < 2) await new Promise((resolve) => setImmediate(resolve));
    clients[0]!.abort(new Error('first'));
    expect(await left[0]).to.have.property('message', 'first');
    expect(h.fetcher.signals[1]!.aborted).to.equal(false);
    clients[1]!.abort(new Error('second'));
    await left[1];
    expect(h.fetcher.signals[1]!.aborted).to.equal(true);
  });

  it('waits for another process that refreshes the same thumbnail, and takes what that one makes', async () => {
    await begun();
    const lease = (): Promise<Lease | undefined> => {
      for (const [key, entry] of h.cache.entries) h.cache.entries.set(key, { ...entry, createdAtMs: h.now });
      return Promise.resolve(undefined);
    };
    Object.assign(h.cache, { lease });
    await refresh();
    expect(h.fetcher.fetched).to.have.length(1);
  });
});
