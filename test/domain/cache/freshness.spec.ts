import { expect } from 'chai';
import {
  CorruptImageError,
  ImageTooLargeError,
  SourceAccessError,
  SourceForbiddenError,
  OverloadedError,
  SourceNotFoundError,
  SourceRefusedError,
  SourceSuspendedError,
  SourceTimeoutError,
  SourceTooLargeError,
  type ThumbnailerError,
  UnsupportedImageError,
} from '../../../src/domain/errors/index.ts';
import { shownBy } from '../../../src/domain/source/freshness.ts';
import { bodyOf, sourceAnswer } from '../../support/fakes.ts';
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

  it('ends where the clock is set back to before the thumbnail was made, by more than clocks differ', async () => {
    const madeMs = h.now;
    serve(h, 'v1');
    await ask(h);
    serve(h, 'v2');
    h.now = madeMs - MINUTE_MS;
    expect((await ask(h)).cacheStatus).to.equal('hit');
    h.now = madeMs - 90 * MINUTE_MS;
    expect((await ask(h)).cacheStatus).to.equal('stale');
    await settled(h, 2);
    expect(await textOf(h)).to.match(/^v2 /);
  });

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

  describe('while its source fails', () => {
    const failing = (h: Harness, fault: Error) => (h.fetcher.answer = () => Promise.reject(fault));
    /** Asks, and lets the revalidation behind the answer end. */
    const ask = async (h: Harness) => {
      const outcome = await textOf(h).catch((error: unknown) => (error as ThumbnailerError).code);
      for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
      return outcome;
    };
    const HOUR_MS = 60 * MINUTE_MS;

    beforeEach(async () => {
      const times = { defaultMs: 10 * MINUTE_MS, minMs: MINUTE_MS, maxMs: 2 * MINUTE_MS };
      h = harness({ lifetimes: { ...times, staleIfErrorMs: HOUR_MS } });
      serve(h, 'v1');
      await ask(h);
      h.now += MINUTE_MS;
    });

    it('a thumbnail is served for as long as STALE_IF_ERROR says, in all, and then is not', async () => {
      failing(h, new SourceRefusedError('Error.', 500));
      const goodUntilMs = h.now + HOUR_MS;
      for (; h.now < goodUntilMs; h.now += 5 * MINUTE_MS) expect(await ask(h)).to.match(/^v1 /);
      expect(await ask(h)).to.equal('source-refused');
      serve(h, 'v2');
      h.now += MINUTE_MS;
      expect(await ask(h)).to.match(/^v2 /);
    });

    it('it is kept for so long, however short CACHE_TTL_MAX is', async () => {
      failing(h, new SourceRefusedError('Error.', 500));
      h.now += 30 * MINUTE_MS;
      await ask(h);
      expect(h.cache.ttls.at(-1)).to.equal(30 * MINUTE_MS);
    });

    for (const fault of [
      new SourceRefusedError('Error.', 500),
      shownBy(new UnsupportedImageError(['jpeg']), 0) as ThumbnailerError,
      new SourceForbiddenError('it is private'),
      new SourceAccessError('No credentials.'),
      new SourceSuspendedError(5000),
    ]) {
      it(`nobody asked for it, ${fault.constructor.name} takes it away once that time is over`, async () => {
        failing(h, fault);
        h.now += HOUR_MS;
        expect(await ask(h)).to.match(/^v1 /);
        expect(await ask(h)).to.equal(fault.code);
      });
    }

    it('nobody asked for it, it stays where the service itself was too busy to ask', async () => {
      failing(h, new OverloadedError());
      h.now += HOUR_MS;
      for (let time = 0; time < 2; time += 1) expect(await ask(h)).to.match(/^v1 /);
    });

    it('the time begins again once the source has answered', async () => {
      failing(h, new SourceRefusedError('Error.', 500));
      h.now += HOUR_MS - 1000;
      await ask(h);
      serve(h, 'v1');
      h.now += MINUTE_MS;
      await ask(h);
      failing(h, new SourceRefusedError('Error.', 500));
      for (const wait of [MINUTE_MS, HOUR_MS - MINUTE_MS]) {
        h.now += wait;
        expect(await ask(h)).to.match(/^v1 /);
      }
      expect(await ask(h)).to.match(/^v1 /);
    });

    for (const fault of [
      new SourceForbiddenError('it is private'),
      new SourceAccessError('No credentials.'),
    ]) {
      it(`${fault.constructor.name} takes nothing away either`, async () => {
        failing(h, fault);
        expect(await ask(h)).to.match(/^v1 /);
        expect(await ask(h)).to.match(/^v1 /);
      });
    }
  });

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

  const askFor = (size: number, path = 'a.jpg') =>
    h.service
      .thumbnail(requestFor(`http://images.example/${path}`, { size }), {}, caller())
      .then(({ entry }) => Buffer.from(entry.thumbnail.bytes).toString());

  for (const [fault, lifetimeMs] of cases) {
    it(`${fault.code} for all sizes of the source, and no longer for one than for another`, async () => {
      h.fetcher.answer = () => Promise.reject(fault);
      await rejection(askFor(64));
      serve(h, 'v1');
      h.now += lifetimeMs - 1;
      for (const size of [64, 128, 256]) {
        expect(await rejection(askFor(size))).to.include({ code: fault.code, message: fault.message });
      }
      expect(h.fetcher.fetched).to.have.length(1);
      h.now += 1;
      for (const size of [256, 128, 64]) expect(await askFor(size)).to.match(/^v1 /);
    });
  }

  it('but that a size needs too much for that size alone', async () => {
    h.fetcher.answer = () => Promise.resolve(sourceAnswer('v1'));
    const make = h.resizer.answer;
    h.resizer.answer = (text, spec) =>
      spec.width === 256 ? Promise.reject(new ImageTooLargeError('Too many pixels.')) : make(text, spec);
    expect(await rejection(askFor(256))).to.have.property('code', 'image-too-large');
    expect(await askFor(64)).to.match(/^v1 /);
    expect(await rejection(askFor(256))).to.have.property('code', 'image-too-large');
    expect(h.fetcher.fetched).to.have.length(2);
  });

  it('no longer than the answer itself may be kept that was no image', async () => {
    for (const [cacheControl, rememberedMs] of [
      ['no-store', 0],
      ['private', 0],
      ['no-cache', 0],
      ['max-age=0', 0],
      ['max-age=7', 7000],
      ['max-age=600', MINUTE_MS],
      ['', MINUTE_MS],
    ] as const) {
      const path = `${cacheControl}.jpg`;
      const headers = { 'cache-control': cacheControl };
      h.fetcher.answer = () =>
        Promise.resolve({ ...sourceAnswer('', { headers }), body: bodyOf([Buffer.from('<!doctype html>')]) });
      expect(await rejection(askFor(64, path)), cacheControl).to.have.property('code', 'unsupported-image');
      serve(h, 'v1');
      if (rememberedMs > 0) {
        h.now += rememberedMs - 1;
        expect(await rejection(askFor(128, path)), cacheControl).to.have.property(
          'code',
          'unsupported-image',
        );
        h.now += 1;
      }
      for (const size of [64, 128]) expect(await askFor(size, path), cacheControl).to.match(/^v1 /);
    }
  });

  it('with what its Retry-After has left', async () => {
    const fault = new SourceRefusedError('Later.', 503, { retryAfterMs: 90_500 });
    expect(fault.retryAfterSeconds).to.equal(91);
    h.fetcher.answer = () => Promise.reject(fault);
    await rejection(ask(h));
    h.now += 30_000;
    expect(await rejection(ask(h))).to.include({ code: 'source-refused', retryAfterSeconds: 61 });
  });

  it('never a defect, nor that the service is busy', async () => {
    for (const fault of [new OverloadedError(), new TypeError('defect')]) {
      h.fetcher.answer = () => Promise.reject(fault);
      expect(await rejection(ask(h))).to.equal(fault);
      expect(h.cache.kept).to.have.length(0);
    }
  });
});
