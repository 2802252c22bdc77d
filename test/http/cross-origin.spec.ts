import { expect } from 'chai';
import { SourceNotFoundError } from '../../src/domain/errors/index.ts';
import { type TestApp, startApp } from '../support/app.ts';
import { requestTo } from '../support/request-to.ts';
import { type Harness, harness } from '../support/service.ts';

const THUMBNAIL = `/thumbnail?${new URLSearchParams({ url: 'http://images.example/a.png', size: '64' }).toString()}`;
const APP = 'https://app.example';
const OTHER = 'https://other.example';
const WEBP = { Accept: 'image/webp' };
/** Who may read what, and who may upload, by what the operator has listed. */
const LISTS: readonly (readonly [
  listed: string[],
  reads: Record<string, string | null>,
  uploads: string[],
])[] = [
  [['*'], { [APP]: '*', [OTHER]: '*', null: '*', '': '*' }, []],
  [[APP], { [APP]: APP, [OTHER]: null, null: null, '': null }, [APP]],
  [['*', APP], { [APP]: '*', [OTHER]: '*', null: '*', '': '*' }, [APP]],
  [[], { [APP]: null, [OTHER]: null, null: null, '': null }, []],
];

describe('scripts of other sites', () => {
  let fakes: Harness;
  let app: TestApp;

  const start = async (allowedOrigins: readonly string[]) => {
    fakes = harness();
    fakes.now = Date.now();
    app = await startApp(fakes, { allowedOrigins });
  };
  afterEach(() => app[Symbol.asyncDispose]());

  const ask = (path: string, origin: string, init: RequestInit = {}) =>
    fetch(app.url + path, {
      ...init,
      headers: { ...(init.headers as object), ...(origin !== '' && { Origin: origin }) },
    });
  const preflight = (path: string, origin: string, method: string) =>
    ask(path, origin, {
      method: 'OPTIONS',
      headers: { 'Access-Control-Request-Method': method, 'Access-Control-Request-Headers': 'content-type' },
    });
  const upload = (origin: string, headers: Record<string, string> = {}) =>
    ask('/thumbnail?size=64', origin, {
      method: 'POST',
      headers: { 'Content-Type': 'image/png', ...headers },
      body: '<svg>image',
    });
  const readerOf = ({ headers }: Response) => headers.get('access-control-allow-origin');
  const variesOf = ({ headers }: Response) => (headers.get('vary') ?? '').split(', ');

  for (const [listed, reads, uploads] of LISTS) {
    describe(`where ${listed.join(' and ') || 'none'} may`, () => {
      beforeEach(() => start(listed));

      it('read thumbnails, made and kept, errors and the OpenAPI document, as listed', async () => {
        for (const [origin, reader] of Object.entries(reads)) {
          fakes.cache.forgetKept();
          const answers = {
            made: await ask(THUMBNAIL, origin, { headers: WEBP }),
            hit: await ask(THUMBNAIL, origin, { headers: WEBP }),
            head: await ask(THUMBNAIL, origin, { headers: WEBP, method: 'HEAD' }),
            document: await ask('/openapi.json', origin),
            'bad request': await ask('/thumbnail', origin),
            'no route': await ask('/nothing', origin),
          };
          expect(answers.hit.headers.get('cache-status')).to.include('hit');
          const etag = String(answers.hit.headers.get('etag'));
          const unchanged = await ask(THUMBNAIL, origin, { headers: { ...WEBP, 'If-None-Match': etag } });
          expect(unchanged.status).to.equal(304);
          for (const [what, answer] of Object.entries({ ...answers, unchanged })) {
            const case_ = `${what} to ${origin}`;
            expect(readerOf(answer), case_).to.equal(reader);
            expect(answer.headers.get('timing-allow-origin'), case_).to.equal(reader);
            expect(answer.headers.has('access-control-expose-headers'), case_).to.equal(reader !== null);
            expect(variesOf(answer).includes('Origin'), case_).to.equal(listed.join() === APP);
            if (reader !== null)
              expect(answer.headers.get('cross-origin-resource-policy'), case_).to.equal('cross-origin');
          }
          expect(variesOf(answers.hit)).to.include('Accept');
        }
      });

      it('upload, as listed by name, with and without a preflight', async () => {
        for (const origin of [APP, OTHER, 'null']) {
          const may = uploads.includes(origin);
          const answer = await upload(origin);
          expect(answer.status, origin).to.equal(may ? 200 : 403);
          expect(readerOf(answer)).to.equal(may ? origin : null);
          if (!may) expect(await answer.json()).to.include({ code: 'origin-not-allowed' });
          expect(readerOf(await preflight('/thumbnail', origin, 'POST'))).to.equal(may ? origin : null);
          expect(readerOf(await preflight('/thumbnail', origin, 'DELETE'))).to.equal(may ? origin : null);
        }
        expect(fakes.resizer.resized).to.equal(uploads.length);
      });

      it('ask before they read, as listed', async () => {
        for (const [origin, reader] of Object.entries(reads)) {
          if (origin === '') continue;
          for (const path of ['/thumbnail', '/openapi.json']) {
            const answer = await preflight(path, origin, 'GET');
            expect(answer.status).to.equal(204);
            expect(readerOf(answer), `${path} to ${origin}`).to.equal(reader);
            expect(variesOf(answer)).to.include('Origin');
            expect(answer.headers.has('access-control-max-age')).to.equal(reader !== null);
          }
        }
      });
    });
  }

  it('upload from pages of this service, and programs from anywhere', async () => {
    await start(['*']);
    expect((await upload('')).status).to.equal(200);
    expect((await upload(app.url)).status, 'as a proxy passes it on').to.equal(200);
    expect((await upload('https://public.example', { 'Sec-Fetch-Site': 'same-origin' })).status).to.equal(
      200,
    );
    expect((await upload(OTHER, { 'Sec-Fetch-Site': 'cross-site' })).status).to.equal(403);
    expect((await upload('http://127.0.0.1:1')).status, 'another port').to.equal(403);
  });

  it('read what failed at the source', async () => {
    await start(['*']);
    fakes.fetcher.answer = () => Promise.reject(new SourceNotFoundError(404));
    for (const status of ['made', 'remembered']) {
      const answer = await ask(THUMBNAIL, OTHER);
      expect(answer.status, status).to.equal(404);
      expect(readerOf(answer)).to.equal('*');
    }
  });

  it('read no page, and no error that is a page', async () => {
    await start(['*', APP]);
    for (const path of ['/', '/nothing', '/samples/lake.jpg']) {
      const answer = await ask(path, APP, { headers: { Accept: 'text/html' } });
      expect(readerOf(answer), path).to.equal(null);
      expect(answer.headers.get('cross-origin-resource-policy')).to.equal('same-origin');
    }
  });

  it('are asked nothing where OPTIONS is no preflight, the host is another or the method has no route', async () => {
    await start(['*', APP]);
    const plain = await ask('/thumbnail', APP, { method: 'OPTIONS' });
    expect([plain.status, plain.headers.get('allow')]).to.deep.equal([405, 'GET, HEAD, POST, DELETE']);
    expect(readerOf(await preflight('/openapi.json', APP, 'POST'))).to.equal(null);
    expect((await preflight('/', APP, 'POST')).status).to.equal(405);
    const foreign = await requestTo(app.url, THUMBNAIL, { Host: 'evil.example', Origin: OTHER });
    expect([foreign.status, readerOf(foreign)]).to.deep.equal([421, '*']);
  });
});
