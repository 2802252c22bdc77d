import { createHmac } from 'node:crypto';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { textToSign } from '../../../src/domain/access/signature.ts';
import type { CacheEntry } from '../../../src/domain/cache/cache-entry.ts';
import type { CacheKey } from '../../../src/domain/cache/cache-key.ts';
import { SourceNotFoundError } from '../../../src/domain/errors/index.ts';
import type { RequestSummary, RequestTrace } from '../../../src/http/server/request-observers.ts';
import { type TestApp, startApp } from '../../support/app.ts';
import { type Harness, harness } from '../../support/service.ts';

const SOURCE = 'http://images.example/a.png?token=s3cret';
const KEY = Buffer.alloc(32, 'key');
const KEYS = { 'signing-keys': `k1:${KEY.toString('base64url')}` };
const WEBP = { Accept: 'image/webp' };

describe('a hit', () => {
  let fakes: Harness;
  let app: TestApp;
  let summaries: RequestSummary[];

  const start = async (options: Parameters<typeof harness>[0] = {}, observers = {}) => {
    fakes = harness(options);
    fakes.now = Date.now();
    summaries = [];
    app = await startApp(fakes, { onRequest: (summary) => summaries.push(summary), ...observers });
  };

  const restart = async (...options: Parameters<typeof start>) => {
    await app[Symbol.asyncDispose]();
    await start(...options);
  };

  beforeEach(() => start());
  afterEach(() => app[Symbol.asyncDispose]());

  const pathOf = (parameters: Record<string, string> = {}) =>
    `/thumbnail?${new URLSearchParams({ url: SOURCE, size: '128', ...parameters }).toString()}`;

  const ask = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    fetch(app.url + path, { headers, method });

  const logged = async (count: number) => {
    while (summaries.length < count) await new Promise((resolve) => setImmediate(resolve));
  };

  /** Has the cache answer at once, as one in this process's memory does. */
  const answerAtOnce = () => {
    const getSync = (key: CacheKey): CacheEntry | undefined => fakes.cache.entries.get(key);
    Object.assign(fakes.cache, { getSync });
  };

  const told: string[] = [];
  const traceRequest = (): RequestTrace => ({
    ids: { traceId: 't1', spanId: 's1' },
    run: (handle) => {
      told.push('run');
      return handle();
    },
    end: ({ cacheStatus }) => told.push(`end of ${cacheStatus}`),
  });

  const SURROUNDINGS: Record<string, () => Promise<void>> = {
    'out of a cache that is asked': () => restart(),
    'out of memory': () => restart().then(answerAtOnce),
    'where signing keys are set': () => restart({ secrets: KEYS }),
    'out of memory, where signing keys are set': () => restart({ secrets: KEYS }).then(answerAtOnce),
    'where requests are traced': () => restart({}, { traceRequest }),
  };

  for (const [where, prepare] of Object.entries(SURROUNDINGS)) {
    it(`is the same as the answer that was made, ${where}`, async () => {
      await prepare();
      const made = await ask(pathOf(), WEBP);
      const hit = await ask(pathOf(), { ...WEBP, 'X-Request-Id': 'from-a-proxy' });
      expect([made.status, hit.status]).to.deep.equal([200, 200]);
      const ofBoth = (response: Response) =>
        [...response.headers].filter(
          ([name]) => !/^(date|x-request-id|server-timing|cache-status)$/.test(name),
        );
      expect(ofBoth(hit)).to.deep.equal(ofBoth(made));
      expect(hit.headers.get('x-request-id')).to.equal('from-a-proxy');
      expect(hit.headers.get('cache-status')).to.match(/^thumbnailer; hit; ttl=\d+$/);
      expect(hit.headers.get('server-timing')).to.match(/^cache;dur=[\d.]+, total;dur=[\d.]+$/);
      expect(hit.headers.get('vary')).to.equal('Accept');
      expect(await hit.text()).to.equal(await made.text());
      const head = await ask(pathOf(), WEBP, 'HEAD');
      expect(head.headers.get('content-length')).to.equal(hit.headers.get('content-length'));
      expect(await head.text()).to.equal('');
      const known = await ask(pathOf(), { ...WEBP, 'If-None-Match': String(hit.headers.get('etag')) });
      expect(known.status).to.equal(304);
      await logged(4);
      expect(summaries.slice(1).map(({ cacheStatus }) => cacheStatus)).to.deep.equal(['hit', 'hit', 'hit']);
      expect(summaries.map(({ route }) => route)).to.deep.equal(
        Array.from({ length: 4 }, () => '/thumbnail'),
      );
      expect(app.log.at(-1)).to.include({
        msg: 'request',
        sourceHost: 'images.example',
        cache: 'hit',
        status: 304,
      });
      expect(fakes.fetcher.fetched).to.have.length(1);
    });
  }

  it('costs one look into the cache, and so does a miss', async () => {
    const asked: CacheKey[] = [];
    const get = fakes.cache.get.bind(fakes.cache);
    const getPair = async (key: CacheKey, publishedKey: CacheKey) => {
      asked.push(key);
      return [await get(key), await get(publishedKey)];
    };
    Object.assign(fakes.cache, { getPair });
    expect((await ask(pathOf())).headers.get('cache-status')).to.include('miss');
    expect(asked).to.have.length(1);
    expect((await ask(pathOf())).headers.get('cache-status')).to.include('hit');
    expect(asked).to.have.length(2);
  });

  it('is none for those that wait for the work of the first, which say so', async () => {
    const { answer } = fakes.fetcher;
    const allAsk = Promise.withResolvers<undefined>();
    fakes.fetcher.answer = (...args) => allAsk.promise.then(() => answer(...args));
    const get = fakes.cache.get.bind(fakes.cache);
    let asked = 0;
    fakes.cache.get = (key) => {
      if (key.startsWith('v')) asked += 1;
      if (asked === 3) setTimeout(() => allAsk.resolve(undefined), 20);
      return get(key);
    };
    const answers = await Promise.all(Array.from({ length: 3 }, () => ask(pathOf(), WEBP)));
    const statuses = answers.map(({ headers }) => headers.get('cache-status'));
    expect(statuses.toSorted()).to.deep.equal([
      'thumbnailer; fwd=uri-miss; stored',
      ...Array.from({ length: 2 }, () => 'thumbnailer; fwd=uri-miss; stored; collapsed'),
    ]);
    expect(fakes.fetcher.fetched).to.have.length(1);
  });

  it('takes no promise of a cache that answers at once', async () => {
    await ask(pathOf(), WEBP);
    answerAtOnce();
    fakes.cache.get = () => Promise.reject(new Error('asked'));
    expect((await ask(pathOf(), WEBP)).headers.get('cache-status')).to.include('hit');
  });

  it('is to each Accept its own', async () => {
    for (const accept of ['image/webp', 'image/avif', '*/*']) {
      for (const status of ['miss', 'hit']) {
        const response = await ask(pathOf(), { Accept: accept });
        expect(response.headers.get('cache-status'), accept).to.include(status);
      }
    }
  });

  it('is none where the thumbnail is stale, which is answered all the same', async () => {
    await ask(pathOf(), WEBP);
    answerAtOnce();
    fakes.now += 400 * 86_400_000;
    expect((await ask(pathOf(), WEBP)).status).to.equal(200);
    await logged(2);
    expect(summaries.at(-1)).to.include({ cacheStatus: 'stale' });
  });

  it('has one path, and none in other letters or with a slash at its end', async () => {
    await ask(pathOf(), WEBP);
    const paths = [
      '/thumbnail/',
      '/Thumbnail',
      '/THUMBNAIL/',
      '/thumbnail%2F',
      '//thumbnail',
      '/thumbnai%6C',
    ];
    for (const path of paths) {
      const address = pathOf().replace('/thumbnail', path);
      for (const method of ['GET', 'HEAD', 'POST', 'DELETE']) {
        expect((await ask(address, WEBP, method)).status, `${method} ${path}`).to.equal(404);
      }
    }
    await logged(1 + 4 * paths.length);
    expect(new Set(summaries.slice(1).map(({ route }) => route))).to.deep.equal(new Set(['none']));
  });

  it('on an error that is remembered is that error', async () => {
    fakes.fetcher.answer = () => Promise.reject(new SourceNotFoundError(404));
    for (let times = 0; times < 2; times += 1) {
      const response = await ask(pathOf());
      expect(response.status).to.equal(404);
      expect(await response.json()).to.include({ code: 'source-not-found' });
    }
    expect(fakes.fetcher.fetched).to.have.length(1);
  });

  it('is what has a fragment, or a target in absolute form, which no client sends', async () => {
    for (const target of [`${pathOf()}#&size=64`, app.url + pathOf()]) {
      const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
      socket.write(`GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`);
      expect(await text(socket))
        .to.include(' 200 ')
        .and.include('source 128 inside');
    }
  });

  it('is one no more when its source was purged', async () => {
    await restart({ secrets: KEYS });
    await ask(pathOf(), WEBP);
    expect((await ask(pathOf(), WEBP)).headers.get('cache-status')).to.include('hit');
    const parameters = new URLSearchParams({ url: SOURCE, key: 'k1', expires: '4000000000' });
    const signature = createHmac('sha256', KEY)
      .update(textToSign('DELETE /thumbnail', parameters))
      .digest('base64url');
    const path = `/thumbnail?${new URLSearchParams({ ...Object.fromEntries(parameters), signature }).toString()}`;
    expect((await ask(path, {}, 'DELETE')).status).to.equal(204);
    expect((await ask(pathOf(), WEBP)).headers.get('cache-status')).to.include('miss');
  });

  it('to a signed request is one for as long as the signature holds', async () => {
    await restart({ secrets: KEYS });
    const parameters = new URLSearchParams({
      url: SOURCE,
      size: '300',
      format: 'webp',
      key: 'k1',
      expires: String(Math.floor(fakes.now / 1000) + 60),
    });
    const signature = createHmac('sha256', KEY)
      .update(textToSign('GET /thumbnail', parameters))
      .digest('base64url');
    const path = pathOf({ ...Object.fromEntries(parameters), signature });
    await ask(path);
    expect((await ask(path)).headers.get('cache-status')).to.include('hit');
    fakes.now += 1000;
    const insisting = await ask(path, { 'Cache-Control': 'no-cache' });
    expect(insisting.headers.get('cache-status')).to.equal('thumbnailer; fwd=request; stored');
    fakes.now += 120_000;
    expect((await ask(path)).status).to.equal(403);
  });

  it('whose client leaves during the look into the cache is logged so, and nothing is made for it', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const asked = Promise.withResolvers<undefined>();
    fakes.cache.get = () => {
      asked.resolve(undefined);
      return promise;
    };
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    socket.write(`GET ${pathOf()} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
    await asked.promise;
    socket.destroy();
    await logged(1);
    resolve(undefined);
    await new Promise((later) => setTimeout(later, 20));
    expect(app.log.map(({ status, route }) => ({ status, route }))).to.deep.equal([
      { status: 499, route: '/thumbnail' },
    ]);
    expect(fakes.fetcher.fetched).to.deep.equal([]);
  });

  it('is traced as any other request, from its beginning to its end, once', async () => {
    await restart({}, { traceRequest });
    told.length = 0;
    await ask(pathOf());
    while (told.length < 2) await new Promise((resolve) => setImmediate(resolve));
    expect(told).to.deep.equal(['run', 'end of miss']);
    told.length = 0;
    await ask(pathOf());
    while (told.length < 2) await new Promise((resolve) => setImmediate(resolve));
    expect(told).to.deep.equal(['run', 'end of hit']);
    expect(app.log.at(-1)).to.include({ traceId: 't1', spanId: 's1', cache: 'hit' });
  });
});
