import { expect } from 'chai';
import type { SourceValidators } from '../../../src/domain/source/freshness.ts';
import { sourceAnswer } from '../../support/fakes.ts';
import { caller, type Harness, harness, requestFor } from '../../support/service.ts';

/**
 * What a shared cache owes an origin (RFC 9111), seen from there: when it is asked again, and how. The cases are those of
 * http-tests/cache-tests that concern an origin's side, with the bounds of the operator out of the way.
 */
const DEFAULT_S = 1000;
const NOW_MS = 1_800_000_000_000;
const date = (inS: number) => new Date(NOW_MS + inS * 1000).toUTCString();

type Headers = Record<string, string>;

/** For how many seconds the origin is not asked again. */
const FRESH: Record<string, readonly (readonly [headers: Headers, freshS: number])[]> = {
  '4.2.1: max-age and s-maxage': [
    [{ 'cache-control': 'max-age=100' }, 100],
    [{ 'cache-control': 'MaX-aGe=100' }, 100],
    [{ 'cache-control': 'max-age="100"' }, 100],
    [{ 'cache-control': 'public , max-age=100,foo' }, 100],
    [{ 'cache-control': ',,max-age=100,,' }, 100],
    [{ 'cache-control': 'foo=bar, baz="quux, max-age=7", max-age=100' }, 100],
    [{ 'cache-control': 'max-age=100, s-maxage=200' }, 200],
    [{ 'cache-control': 's-maxage=50, max-age=100' }, 50],
    [{ 'cache-control': 'max-age=0' }, 0],
    [{ 'cache-control': 'max-age=0, s-maxage=60' }, 60],
    [{ 'cache-control': 'max-age=100', expires: date(7) }, 100],
    [{ 'cache-control': 'max-age=007' }, 7],
  ],
  '4.2.1: of several, the one that is over first; one that cannot be read is over': [
    [{ 'cache-control': 'max-age=100, max-age=200' }, 100],
    [{ 'cache-control': 'max-age=200, max-age=100' }, 100],
    [{ 'cache-control': 'max-age=100, max-age=0' }, 0],
    [{ 'cache-control': 'max-age=-1' }, 0],
    [{ 'cache-control': 'max-age=10.5' }, 0],
    [{ 'cache-control': 'max-age=abc' }, 0],
    [{ 'cache-control': 'max-age=100x' }, 0],
    [{ 'cache-control': 'max-age=' }, 0],
  ],
  'what only looks like a lifetime is none': [
    [{ 'cache-control': 'x-max-age=5' }, DEFAULT_S],
    [{ 'cache-control': 'max-agex=5' }, DEFAULT_S],
    [{ 'cache-control': 'foo="max-age=5"' }, DEFAULT_S],
    [{ 'surrogate-control': 'max-age=5' }, DEFAULT_S],
    [{ pragma: 'foo' }, DEFAULT_S],
  ],
  'RFC 5861: how long something is served stale is not how long it is fresh': [
    [{ 'cache-control': 'max-age=10, stale-while-revalidate=500' }, 10],
    [{ 'cache-control': 'max-age=10, stale-if-error=500' }, 10],
    [{ 'cache-control': 'stale-while-revalidate=500' }, DEFAULT_S],
  ],
  '5.3: Expires': [
    [{ expires: date(100) }, 100],
    [{ expires: date(100), date: date(0) }, 100],
    [{ expires: date(100), date: date(-50) }, 150],
    [{ expires: date(100), date: date(50) }, 50],
    [{ expires: date(-1) }, 0],
    [{ expires: date(0), date: date(0) }, 0],
    [{ expires: '0' }, 0],
    [{ expires: '-1' }, 0],
    [{ expires: 'never' }, 0],
    [{ expires: '3600' }, 0],
    [{ expires: '86400' }, 0],
    [{ expires: '2099' }, 0],
    [{ expires: '2099-01-01' }, 0],
    [{ expires: '' }, 0],
  ],
  '5.1: Age': [
    [{ 'cache-control': 'max-age=100', age: '30' }, 70],
    [{ 'cache-control': 'max-age=100', age: '100' }, 0],
    [{ 'cache-control': 'max-age=100', age: '7200' }, 0],
    [{ 'cache-control': 's-maxage=100', age: '30' }, 70],
    [{ expires: date(100), age: '30' }, 70],
    [{ 'cache-control': 'max-age=100', age: '-30' }, 100],
    [{ 'cache-control': 'max-age=100', age: 'old' }, 100],
  ],
  'what has to be asked for again each time': [
    [{ 'cache-control': 'no-cache' }, 0],
    [{ 'cache-control': 'No-Cache' }, 0],
    [{ 'cache-control': 'no-cache, max-age=100' }, 0],
    [{ 'cache-control': 'no-cache="set-cookie", max-age=100' }, 0],
    [{ pragma: 'no-cache' }, 0],
    [{ vary: '*', 'cache-control': 'max-age=100' }, 0],
    [{ 'cache-control': 'must-revalidate' }, 0],
    [{ 'cache-control': 'proxy-revalidate' }, 0],
  ],
  'what these do not forbid': [
    [{ 'cache-control': 'max-age=100, must-revalidate' }, 100],
    [{ 'cache-control': 'max-age=100', pragma: 'no-cache' }, 100],
    [{ 'cache-control': 'max-age=100', vary: 'Accept-Encoding' }, 100],
    [{ 'cache-control': 'max-age=100', 'set-cookie': 'a=b' }, 100],
    [{ 'cache-control': 'public' }, DEFAULT_S],
    [{ 'cache-control': 'immutable, max-age=100' }, 100],
    [{}, DEFAULT_S],
  ],
};

/** What is not to be served stale, but where the origin was asked again. */
const NEVER_STALE: readonly Headers[] = [
  { 'cache-control': 'max-age=10, must-revalidate' },
  { 'cache-control': 'MUST-Revalidate, Max-Age=10' },
  { 'cache-control': 'max-age=10, proxy-revalidate' },
  { 'cache-control': 'max-age=10, must-revalidate, stale-while-revalidate=500' },
  { 'cache-control': 'no-cache' },
  { 'cache-control': 'no-cache="set-cookie", max-age=10' },
  { 'cache-control': 's-maxage=10' },
  { 'cache-control': 'max-age=500, s-maxage=10' },
  { 'cache-control': 'must-revalidate', expires: date(10) },
  { 'cache-control': 'max-age=10', vary: '*' },
  { 'cache-control': 'max-age=10', vary: 'Accept, *' },
  { pragma: 'no-cache' },
];

/** What does not forbid that. */
const MAYBE_STALE: readonly Headers[] = [
  { 'cache-control': 'max-age=10' },
  { 'cache-control': 'max-age=0' },
  { expires: date(10) },
  { expires: '0' },
  { 'cache-control': 's-maxage=10, stale-while-revalidate=500' },
  { 'cache-control': 'max-age=10, x-must-revalidate' },
  { 'cache-control': 'max-age=10, foo="must-revalidate"' },
];

/** What is kept nowhere. */
const UNKEPT: readonly Headers[] = [
  { 'cache-control': 'no-store' },
  { 'cache-control': 'NO-STORE' },
  { 'cache-control': 'no-store, max-age=100' },
  { 'cache-control': 'max-age=100, no-store' },
  { 'cache-control': 'max-age=100; no-store' },
  { 'cache-control': 'private; max-age=100' },
  { 'cache-control': 'private' },
  { 'cache-control': 'Private, max-age=100' },
  { 'cache-control': 'private="set-cookie", max-age=100' },
  { 'cache-control': 'public, private' },
];

describe('RFC 9111, as an origin sees it', () => {
  let h: Harness;
  let asked: (SourceValidators | undefined)[];

  beforeEach(() => {
    const times = { defaultMs: DEFAULT_S * 1000, minMs: 0, maxMs: 10_000_000, faultsMs: 60_000 };
    h = harness({ lifetimes: times });
    h.now = NOW_MS;
    asked = [];
  });

  /** The origin's answers from now on. */
  const serve = (text: string, headers: Headers, status = 200) => {
    h.fetcher.answer = ({ href }, { validators }) => {
      asked.push(validators);
      return Promise.resolve(sourceAnswer(text, { href, headers, status }));
    };
  };
  /** Asks, and waits until what goes on behind the answer is over. */
  const ask = async () => {
    const { entry } = await h.service.thumbnail(requestFor('http://images.example/a.jpg'), {}, caller());
    for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
    return Buffer.from(entry.thumbnail.bytes).toString().split(' ')[0];
  };

  for (const [section, cases] of Object.entries(FRESH)) {
    describe(section, () => {
      for (const [headers, freshS] of cases) {
        it(`${JSON.stringify(headers)}: not asked again for ${freshS} s`, async () => {
          serve('v1', headers);
          await ask();
          if (freshS > 0) {
            h.now = NOW_MS + freshS * 1000 - 1;
            await ask();
            expect(asked).to.have.length(1);
          }
          h.now = NOW_MS + freshS * 1000;
          await ask();
          expect(asked).to.have.length(2);
        });
      }
    });
  }

  describe('3: what is not to be stored', () => {
    for (const headers of UNKEPT) {
      it(`${JSON.stringify(headers)}: asked each time, and what was kept is gone`, async () => {
        serve('v1', { 'cache-control': 'max-age=1' });
        await ask();
        h.now += 1000;
        serve('v2', headers);
        await ask();
        expect(await ask()).to.equal('v2');
        expect(await ask()).to.equal('v2');
        expect(asked).to.have.length(4);
      });
    }
  });

  describe('4.2.4: what is stale', () => {
    const stale = async (headers: Headers) => {
      serve('v1', { etag: '"1"', ...headers });
      await ask();
      h.now += 10_000;
    };

    for (const headers of NEVER_STALE) {
      it(`${JSON.stringify(headers)}: is not served before the origin was asked`, async () => {
        await stale(headers);
        serve('v2', { etag: '"2"', ...headers });
        expect(await ask()).to.equal('v2');
        h.now += 10_000;
        // Nor after a 304 that does not say it again.
        serve('v2', {}, 304);
        await ask();
        h.now += 10_000;
        serve('v3', headers);
        expect(await ask()).to.equal('v3');
      });
    }

    it('is served by those that were told so by the last answer alone', async () => {
      await stale({ 'cache-control': 'max-age=10, must-revalidate' });
      serve('v1', { 'cache-control': 'max-age=10' }, 304);
      await ask();
      h.now += 10_000;
      serve('v2', {});
      expect([await ask(), await ask()]).to.deep.equal(['v1', 'v2']);
    });

    for (const headers of MAYBE_STALE) {
      it(`${JSON.stringify(headers)}: is served while the origin is asked`, async () => {
        await stale(headers);
        serve('v2', headers);
        expect([await ask(), await ask()]).to.deep.equal(['v1', 'v2']);
      });
    }

    it('asks once for all who wait for it', async () => {
      await stale({ 'cache-control': 'max-age=10, must-revalidate' });
      serve('v1', {}, 304);
      await Promise.all(Array.from({ length: 20 }, ask));
      expect(asked).to.have.length(2);
      expect(h.resizer.resized).to.equal(1);
    });

    it('is better than a fault of its origin for as long as the operator says', async () => {
      await stale({ 'cache-control': 'max-age=10, must-revalidate' });
      serve('', {}, 503);
      expect([await ask(), await ask()]).to.deep.equal(['v1', 'v1']);
      expect(asked).to.have.length(2);
    });
  });

  describe('4.3: validation', () => {
    const validated = async (headers: Headers) => {
      serve('v1', { 'cache-control': 'max-age=10', ...headers });
      await ask();
      h.now += 10_000;
    };

    for (const [headers, expected] of [
      [{ etag: '"1"' }, { etag: '"1"' }],
      [{ etag: 'W/"1"' }, { etag: 'W/"1"' }],
      [{ 'last-modified': date(-9) }, { lastModified: date(-9) }],
      [
        { etag: '"1"', 'last-modified': date(-9) },
        { etag: '"1"', lastModified: date(-9) },
      ],
    ] as const) {
      it(`asks with what it was given: ${JSON.stringify(headers)}`, async () => {
        await validated(headers);
        serve('v1', {}, 304);
        await ask();
        expect(asked[1]).to.include(expected);
        expect(h.resizer.resized).to.equal(1);
      });
    }

    for (const [of304, freshS] of [
      [{}, 10],
      [{ etag: '"1"' }, 10],
      [{ 'cache-control': 'max-age=50' }, 50],
      [{ 'cache-control': 'no-cache' }, 0],
      [{ 'cache-control': 'max-age=50', age: '20' }, 30],
    ] as const) {
      it(`3.2: a 304 updates what was stored, and leaves the rest: ${JSON.stringify(of304)}`, async () => {
        await validated({ etag: '"1"' });
        serve('v1', of304, 304);
        await ask();
        const before = asked.length;
        h.now += Math.max(0, freshS * 1000 - 1);
        await ask();
        expect(asked.length - before).to.equal(freshS === 0 ? 1 : 0);
        h.now += 1;
        await ask();
        expect(asked.length - before).to.equal(freshS === 0 ? 2 : 1);
      });
    }

    it('4.3.4: takes a 304 with another strong ETag for no answer, and asks without condition', async () => {
      await validated({ etag: '"1"' });
      h.fetcher.answer = ({ href }, { validators }) => {
        asked.push(validators);
        const status = validators === undefined ? 200 : 304;
        return Promise.resolve(sourceAnswer('v2', { href, status, headers: { etag: '"2"' } }));
      };
      await ask();
      expect(asked.slice(1).map((validators) => validators?.etag)).to.deep.equal(['"1"', undefined]);
      expect(await ask()).to.equal('v2');
    });

    it('4.3.4: forgets what a 304 wants to be stored no longer', async () => {
      await validated({ etag: '"1"' });
      serve('v1', { 'cache-control': 'no-store' }, 304);
      await ask();
      serve('v2', {});
      expect(await ask()).to.equal('v2');
    });

    it('4.3.3: goes on with what is stored where validation fails', async () => {
      await validated({ etag: '"1"' });
      serve('', {}, 503);
      expect([await ask(), await ask()]).to.deep.equal(['v1', 'v1']);
    });
  });

  it('4: asks once for all who ask at a time', async () => {
    serve('v1', { 'cache-control': 'max-age=100' });
    await Promise.all(Array.from({ length: 20 }, ask));
    expect(asked).to.have.length(1);
  });
});
