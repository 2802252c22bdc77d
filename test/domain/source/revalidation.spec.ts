import { expect } from 'chai';
import type { FetchOptions, SourceAnswer } from '../../../src/ports/image-fetcher.ts';
import { sourceAnswer } from '../../support/fakes.ts';
import { type Harness, caller, harness, requestFor } from '../../support/service.ts';

const HREF = 'http://images.example/a.jpg';
const SECOND_MS = 1000;
type Fields = Record<string, string>;

describe('asking a source again', () => {
  let h: Harness;
  const ask = (size = 128) => h.service.thumbnail(requestFor(HREF, { size }), {}, caller());
  /** With an image that was fresh for a while, and what the source says when it is asked whether that has changed. */
  const revalidated = async (first: Fields, then: Fields, fresh = 'new') => {
    answer((options) =>
      options.validators === undefined
        ? sourceAnswer(h.fetcher.fetched.length === 1 ? 'old' : fresh, { href: HREF, headers: first })
        : sourceAnswer('', { href: HREF, status: 304, headers: then }),
    );
    const { entry } = await ask();
    h.now = entry.freshUntilMs;
    await ask();
    await settled();
    return ask();
  };
  const answer = (give: (options: FetchOptions) => SourceAnswer) => {
    h.fetcher.answer = (_source, options) => Promise.resolve(give(options));
  };
  const textOf = ({ entry }: Awaited<ReturnType<typeof ask>>) =>
    Buffer.from(entry.thumbnail.bytes).toString();

  beforeEach(() => {
    h = harness({ lifetimes: { defaultMs: 86_400_000, minMs: SECOND_MS, maxMs: 30 * 86_400_000 } });
  });

  for (const [what, first, then, seconds] of [
    ['nothing', { 'cache-control': 'max-age=2' }, {}, 2],
    ['another time', { 'cache-control': 'max-age=2' }, { 'cache-control': 'max-age=7' }, 7],
    ['nothing, after no-cache', { 'cache-control': 'no-cache' }, {}, 1],
    ['its age alone', { 'cache-control': 'max-age=9' }, { age: '4' }, 5],
  ] as const) {
    it(`lasts ${seconds} s where the 304 says ${what}`, async () => {
      const { entry, cacheStatus } = await revalidated({ etag: '"v1"', ...first }, then);
      expect([cacheStatus, entry.freshUntilMs - h.now]).to.deep.equal(['hit', seconds * SECOND_MS]);
      h.now = entry.freshUntilMs;
      await ask();
      await settled();
      expect((await ask()).entry.freshUntilMs - h.now, 'the next time').to.equal(seconds * SECOND_MS);
    });
  }

  it('lasts until the date that was said with the image, where the 304 says nothing', async () => {
    const date = (seconds: number) => new Date(h.now + seconds * SECOND_MS).toUTCString();
    const headers = { etag: '"v1"', date: date(0), expires: date(10) };
    const { entry } = await revalidated(headers, {});
    expect(entry.freshUntilMs - h.now, 'that is over').to.equal(SECOND_MS);
  });

  for (const [what, first, then] of [
    ['another strong ETag', { etag: '"v1"' }, { etag: '"v2"' }],
    ['another weak ETag', { etag: 'W/"v1"' }, { etag: 'W/"v2"' }],
    [
      'another date',
      { 'last-modified': 'Mon, 01 Jan 2024 00:00:00 GMT' },
      { 'last-modified': 'Tue, 02 Jan 2024 00:00:00 GMT' },
    ],
  ] as const) {
    it(`reads the source again where the 304 has ${what}`, async () => {
      const result = await revalidated({ 'cache-control': 'max-age=2', ...first }, then);
      expect(textOf(result)).to.match(/^new /);
      expect(h.fetcher.fetched).to.have.length(3);
    });
  }

  for (const [what, then] of [
    ['the same ETag', { etag: '"v1"' }],
    ['it as a weak one', { etag: 'W/"v1"' }],
  ] as const) {
    it(`takes the source for unchanged where the 304 has ${what}`, async () => {
      const result = await revalidated({ 'cache-control': 'max-age=2', etag: '"v1"' }, then);
      expect(textOf(result)).to.match(/^old /);
      expect(h.fetcher.fetched).to.have.length(2);
    });
  }

  for (const directive of ['no-store', 'private', 'Private, max-age=600', 'max-age=600, NO-STORE']) {
    it(`leaves nothing of it in any size once it says ${directive}`, async () => {
      answer(() => sourceAnswer('old', { href: HREF, headers: { 'cache-control': 'max-age=2' } }));
      const { entry } = await ask();
      await ask(64);
      h.now = entry.freshUntilMs;
      answer(() => sourceAnswer('new', { href: HREF, headers: { 'cache-control': directive } }));
      await ask();
      await settled();
      for (const size of [64, 128, 64]) {
        const result = await ask(size);
        expect(result).to.include({ cacheStatus: 'miss', stored: false, isPrivate: true });
        expect(textOf(result)).to.match(/^new /);
      }
    });
  }

  it('leaves nothing of it once a 304 says so', async () => {
    const result = await revalidated(
      { etag: '"v1"', 'cache-control': 'max-age=2' },
      { 'cache-control': 'private' },
    );
    expect(result.cacheStatus).to.equal('miss');
  });

  it('takes nothing away where it is a failure that is not to be stored', async () => {
    answer(() => sourceAnswer('old', { href: HREF, headers: { 'cache-control': 'max-age=2' } }));
    const { entry } = await ask();
    h.now = entry.freshUntilMs;
    answer(() => sourceAnswer('', { href: HREF, status: 503, headers: { 'cache-control': 'no-store' } }));
    await ask();
    await settled();
    expect(textOf(await ask())).to.match(/^old /);
  });
});

/** Until what goes on behind an answer has ended. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
