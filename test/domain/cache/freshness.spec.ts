import { expect } from 'chai';
import {
  CorruptImageError,
  ImageTooLargeError,
  OverloadedError,
  SourceNotFoundError,
  SourceRefusedError,
  SourceTimeoutError,
  SourceTooLargeError,
  type ThumbnailerError,
  UnsupportedImageError,
} from '../../../src/domain/errors/index.ts';
import { sourceAnswer } from '../../support/fakes.ts';
import { rejection } from '../../support/rejection.ts';
import { caller, type Harness, harness, requestFor } from '../../support/service.ts';

const MINUTE_MS = 60_000;
const request = requestFor('http://images.example/a.jpg');
const ask = ({ service }: Harness) => service.thumbnail(request, {}, caller());

/** What the next downloads bring. */
function serve(h: Harness, text: string, cacheControl = 'max-age=60'): void {
  const etag = `"${text}"`;
  const headers = { etag, 'cache-control': cacheControl };
  h.fetcher.answer = ({ href }, { validators }) =>
    Promise.resolve(sourceAnswer(text, { href, headers, status: validators?.etag === etag ? 304 : 200 }));
}

const textOf = async (h: Harness) => Buffer.from((await ask(h)).entry.thumbnail.bytes).toString();

/** Until what goes on behind an answer has ended. */
async function settled(h: Harness, fetches: number): Promise<void> {
  while (h.fetcher.fetched.length < fetches) await new Promise((resolve) => setImmediate(resolve));
  for (let turn = 0; turn < 5; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe('freshness of thumbnails', () => {
  let h: Harness;

  beforeEach(() => {
    h = harness({ lifetimes: { defaultMs: 10 * MINUTE_MS, minMs: MINUTE_MS, maxMs: 100 * MINUTE_MS } });
  });

  for (const [said, cacheControl, expectedMs] of [
    ['nothing', '', 10 * MINUTE_MS],
    ['a time within the bounds', 'max-age=300', 5 * MINUTE_MS],
    ['too short a time', 'max-age=0', MINUTE_MS],
    ['too long a time', 'max-age=60000', 100 * MINUTE_MS],
  ] as const) {
    it(`lasts as the bounds have it where the source says ${said}`, async () => {
      serve(h, 'v1', cacheControl);
      const { entry } = await ask(h);
      expect(entry.freshUntilMs - h.now).to.equal(expectedMs);
      h.now += expectedMs - 1;
      expect((await ask(h)).cacheStatus).to.equal('hit');
      h.now += 1;
      expect((await ask(h)).cacheStatus).to.equal('stale');
    });
  }

  it('keeps nothing of a source that wants that', async () => {
    serve(h, 'v1', 'no-store');
    expect(await ask(h)).to.include({ cacheStatus: 'miss', stored: false });
    expect(h.cache.kept).to.have.length(0);
  });

  it('answers with the stale thumbnail at once, and revalidates it behind the answer, once for all', async () => {
    serve(h, 'v1');
    await ask(h);
    h.now += MINUTE_MS;
    serve(h, 'v2');
    const stale = await Promise.all(Array.from({ length: 20 }, () => ask(h)));
    expect(new Set(stale.map(({ cacheStatus }) => cacheStatus))).to.deep.equal(new Set(['stale']));
    expect(stale.every(({ timings }) => timings.fetchMs === undefined)).to.equal(true);
    await settled(h, 2);
    expect(h.fetcher.fetched).to.have.length(2);
    expect(await textOf(h)).to.match(/^v2 /);
    expect((await ask(h)).cacheStatus).to.equal('hit');
  });

  it('does not decode a source again that says that it has not changed', async () => {
    serve(h, 'v1');
    const { entry } = await ask(h);
    h.now += MINUTE_MS;
    await ask(h);
    await settled(h, 2);
    expect(h.resizer.resized).to.equal(1);
    const renewed = await ask(h);
    expect(renewed.cacheStatus).to.equal('hit');
    expect(renewed.entry).to.deep.equal({ ...entry, createdAtMs: h.now, freshUntilMs: h.now + MINUTE_MS });
  });

  for (const fault of [
    new SourceTimeoutError(1000),
    new SourceRefusedError("The image's server reported an error (500).", 500),
    new OverloadedError(),
    new UnsupportedImageError(['jpeg']),
    new CorruptImageError(),
    new ImageTooLargeError('The image has too many pixels.'),
    new SourceTooLargeError(1000),
  ]) {
    it(`serves the stale thumbnail while ${fault.code} lasts, and leaves the source alone meanwhile`, async () => {
      serve(h, 'v1');
      await ask(h);
      h.now += MINUTE_MS;
      h.fetcher.answer = () => Promise.reject(fault);
      expect((await ask(h)).cacheStatus).to.equal('stale');
      await settled(h, 2);
      expect(await textOf(h)).to.match(/^v1 /);
      expect(h.fetcher.fetched).to.have.length(2);
      serve(h, 'v2');
      h.now += MINUTE_MS;
      await ask(h);
      await settled(h, 3);
      expect(await textOf(h)).to.match(/^v2 /);
    });
  }

  it('gives a stale thumbnail up when its source is gone for good', async () => {
    serve(h, 'v1');
    await ask(h);
    h.now += MINUTE_MS;
    h.fetcher.answer = () => Promise.reject(new SourceNotFoundError(410));
    expect((await ask(h)).cacheStatus).to.equal('stale');
    await settled(h, 2);
    expect(await rejection(ask(h))).to.have.property('code', 'source-not-found');
    expect(h.refreshFaults).to.have.length(1);
  });
});

describe('errors that are remembered', () => {
  let h: Harness;

  beforeEach(() => {
    h = harness({ lifetimes: { defaultMs: 60 * MINUTE_MS, minMs: MINUTE_MS, maxMs: 100 * MINUTE_MS } });
  });

  const cases: [ThumbnailerError, number][] = [
    [new SourceNotFoundError(404), 5 * MINUTE_MS],
    [new SourceTimeoutError(1000), 10_000],
    [new SourceRefusedError('', 500), 10_000],
    [new SourceRefusedError('', 429, { retryAfterMs: 2 * MINUTE_MS }), 2 * MINUTE_MS],
    [new SourceRefusedError('', 429, { retryAfterMs: 60 * MINUTE_MS }), 10 * MINUTE_MS],
    [new SourceRefusedError('', 503, { retryAfterMs: 1 }), 10_000],
    [new CorruptImageError(), MINUTE_MS],
  ];
  for (const [fault, lifetimeMs] of cases) {
    it(`${fault.code} for ${lifetimeMs / 1000} s, in the same words`, async () => {
      h.fetcher.answer = () => Promise.reject(fault);
      await rejection(ask(h));
      h.now += lifetimeMs - 1;
      expect(await rejection(ask(h))).to.include({ code: fault.code, message: fault.message });
      expect(h.fetcher.fetched).to.have.length(1);
      h.now += 1;
      await rejection(ask(h));
      expect(h.fetcher.fetched).to.have.length(2);
    });
  }

  it('by those alone who judge by the same limits', async () => {
    h.fetcher.answer = () => Promise.reject(new CorruptImageError());
    await rejection(ask(h));
    for (const [key, entry] of h.cache.entries)
      if (entry.kind === 'failure') h.cache.entries.set(key, { ...entry, verdictOf: 'others' });
    await rejection(ask(h));
    expect(h.fetcher.fetched).to.have.length(2);
  });

  it('never a defect, nor that the service is busy', async () => {
    for (const fault of [new OverloadedError(), new TypeError('defect')]) {
      h.fetcher.answer = () => Promise.reject(fault);
      expect(await rejection(ask(h))).to.equal(fault);
      expect(h.cache.kept).to.have.length(0);
    }
  });
});
