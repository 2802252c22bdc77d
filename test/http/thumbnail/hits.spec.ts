import { createHmac } from 'node:crypto';
import { type IncomingHttpHeaders, request } from 'node:http';
import { connect } from 'node:net';
import { buffer, text } from 'node:stream/consumers';
import { expect } from 'chai';
import type { CacheEntry } from '../../../src/domain/cache/cache-entry.ts';
import type { CacheKey } from '../../../src/domain/cache/cache-key.ts';
import { SourceNotFoundError } from '../../../src/domain/errors/index.ts';
import { textToSign } from '../../../src/domain/access/signature.ts';
import type { RequestSummary, RequestTrace } from '../../../src/http/server/request-observers.ts';
import { type TestApp, startApp } from '../../support/app.ts';
import { sourceImage } from '../../support/fakes.ts';
import { type Harness, harness } from '../../support/service.ts';

const SOURCE = 'http://images.example/a.png?token=s3cret';
const KEY = Buffer.alloc(32, 'key');

/** What differs from one answer to the next, whoever gives it. */
const OF_THE_MOMENT = ['date', 'x-request-id', 'server-timing'];

interface Answer {
  readonly status: number | undefined;
  /** All but those of the moment. */
  readonly headers: IncomingHttpHeaders;
  /** Their names as they were sent, in alphabetical order. */
  readonly names: readonly string[];
  readonly momentary: IncomingHttpHeaders;
  readonly body: Buffer;
}

/** Without what is of the moment; of seconds that are left, only that there are any. */
function comparable({ headers, momentary, ...answer }: Answer) {
  const kept = Object.entries(headers).map(([name, value]) => [
    name,
    String(value).replace(/(max-age|ttl)=(-?)\d+/, '$1=$2…'),
  ]);
  return { ...answer, headers: Object.fromEntries(kept) as unknown, momentary: Object.keys(momentary) };
}

describe('a hit', () => {
  let fakes: Harness;
  let short: TestApp;
  let long: TestApp;
  let summaries: RequestSummary[];

  const start = async (options: Parameters<typeof harness>[0] = {}) => {
    fakes = harness(options);
    fakes.now = Date.now();
    summaries = [];
    const onRequest = (summary: RequestSummary) => summaries.push(summary);
    short = await startApp(fakes, { onRequest });
    long = await startApp(fakes, { onRequest, hitsFirst: false });
  };

  beforeEach(() => start());
  afterEach(async () => {
    await short[Symbol.asyncDispose]();
    await long[Symbol.asyncDispose]();
  });

  const pathOf = (parameters: Record<string, string> = {}) =>
    `/thumbnail?${new URLSearchParams({ url: SOURCE, size: '128', ...parameters }).toString()}`;

  const ask = (app: TestApp, path: string, headers: Record<string, string> = {}, method = 'GET') =>
    new Promise<Answer>((resolve, reject) => {
      request(app.url + path, { headers, method, agent: false }, (response) => {
        const names = response.rawHeaders.filter((_, index) => index % 2 === 0).sort();
        const isMomentary = ([name]: [string, unknown]) => OF_THE_MOMENT.includes(name);
        const all = Object.entries(response.headers);
        const headersOfAnswer = Object.fromEntries(all.filter((header) => !isMomentary(header)));
        const momentary = Object.fromEntries(all.filter(isMomentary));
        const status = response.statusCode;
        buffer(response).then(
          (body) => resolve({ status, headers: headersOfAnswer, names, momentary, body }),
          reject,
        );
      })
        .on('error', reject)
        .end();
    });

  /** Asks both ways, and holds the short one against the long one. */
  const askBoth = async (...request: [path: string, headers?: Record<string, string>, method?: string]) => {
    const [one, other] = [await ask(short, ...request), await ask(long, ...request)];
    expect(comparable(one)).to.deep.equal(comparable(other));
    const stages = (answer: Answer) =>
      String(answer.momentary['server-timing']).replace(/dur=[\d.]+/g, 'dur');
    expect(stages(one)).to.equal(stages(other));
    await logged(2);
    const [logOfOne, logOfOther] = [short, long].map(({ log }) => {
      const { time, requestId, durationMs, cacheMs, ...line } = log.at(-1) ?? {};
      expect([time, durationMs].map((value) => typeof value)).to.deep.equal(['number', 'number']);
      return { ...line, hasId: typeof requestId, hasTime: typeof cacheMs };
    });
    expect(logOfOne).to.deep.equal(logOfOther);
    const [summary, otherSummary] = summaries.splice(0).map((each) => ({ ...each, durationMs: 0 }));
    expect(summary).to.deep.equal(otherSummary);
    return one;
  };

  const logged = async (count: number) => {
    while (summaries.length < count) await new Promise((resolve) => setImmediate(resolve));
  };

  const warm = async (path = pathOf(), accept = 'image/webp') => {
    const answer = await ask(long, path, { Accept: accept });
    await logged(1);
    summaries = [];
    return answer;
  };

  it('is answered with the same headers as by the application', async () => {
    await warm();
    const answer = await askBoth(pathOf(), { Accept: 'image/webp' });
    expect(answer.headers['cache-status']).to.match(/^thumbnailer; hit; ttl=\d+$/);
    expect(answer.headers).to.include({ vary: 'Accept', 'content-type': 'image/webp' });
    expect(answer.body.toString()).to.equal('source 128 inside webp');
    await askBoth(pathOf(), { Accept: 'image/webp' });
  });

  it('is, to each Accept its own', async () => {
    for (const accept of ['image/avif,image/webp', 'image/png', 'image/jpeg', '*/*', '']) {
      await warm(pathOf(), accept);
      await askBoth(pathOf(), { Accept: accept });
      await askBoth(pathOf(), { Accept: accept });
    }
    for (const format of ['avif', 'webp', 'jpeg', 'png']) {
      await warm(pathOf({ format }));
      expect((await askBoth(pathOf({ format, fit: 'inside' }))).headers).to.not.have.property('vary');
    }
  });

  it('is to HEAD, without its body', async () => {
    await warm();
    const answer = await askBoth(pathOf(), { Accept: 'image/webp' }, 'HEAD');
    expect(answer.headers['content-length']).to.equal(String('source 128 inside webp'.length));
    expect(answer.body).to.have.length(0);
  });

  it('is 304 to one who has it', async () => {
    const { headers } = await warm();
    const accept = { Accept: 'image/webp' };
    for (const known of [headers.etag!, `W/${headers.etag}`, `"x", ${headers.etag}`, '*']) {
      for (const method of ['GET', 'HEAD']) {
        expect((await askBoth(pathOf(), { ...accept, 'If-None-Match': known }, method)).status).to.equal(304);
      }
    }
    for (const other of ['"other"', 'nonsense', '']) {
      expect((await askBoth(pathOf(), { ...accept, 'If-None-Match': other })).status).to.equal(200);
    }
  });

  it('keeps the id that a proxy gave it', async () => {
    await warm();
    const { momentary } = await ask(short, pathOf(), { Accept: 'image/webp', 'X-Request-Id': 'Root=1-a' });
    expect(momentary['x-request-id']).to.equal('Root=1-a');
    await logged(1);
    expect(short.log.at(-1)).to.include({
      requestId: 'Root=1-a',
      cache: 'hit',
      route: '/thumbnail',
      status: 200,
    });
  });

  it('closes the connection behind it while the process stops', async () => {
    await warm();
    const stopped = [short, long].map(({ server }) => server.stop(300));
    expect((await askBoth(pathOf(), { Accept: 'image/webp' })).headers.connection).to.equal('close');
    await Promise.all(stopped);
  });

  describe('and what is none', () => {
    /** Both ways in turn, each with an empty cache. */
    const askBothAnew = async (...of: Parameters<typeof askBoth>) => {
      fakes.cache.entries.clear();
      const one = await ask(short, ...of);
      fakes.cache.entries.clear();
      const other = await ask(long, ...of);
      expect(comparable(one)).to.deep.equal(comparable(other));
      return one;
    };

    it('is stale, and says the same', async () => {
      await warm();
      for (const [key, entry] of fakes.cache.entries)
        fakes.cache.entries.set(key, { ...entry, freshUntilMs: Date.now() - 5500 });
      fakes.fetcher.answer = () => new Promise(() => undefined);
      const answer = await askBoth(pathOf(), { Accept: 'image/webp' });
      expect(answer.headers['cache-status']).to.match(/ttl=-[67]$/);
    });

    it('is made, and says the same, stored or not', async () => {
      const stored = await askBothAnew(pathOf());
      expect(stored.headers['cache-status']).to.equal('thumbnailer; fwd=uri-miss; stored');
      fakes.fetcher.answer = () =>
        Promise.resolve(sourceImage('secret', { freshness: { storable: false, ttlMs: undefined } }));
      const unstored = await askBothAnew(pathOf());
      expect(unstored.headers['cache-control']).to.equal('private, no-store');
    });

    it('is a fault, and says the same', async () => {
      const without = ({ body, ...answer }: Answer) => {
        const { instance, ...problem } = JSON.parse(body.toString()) as Record<string, unknown>;
        expect(instance).to.equal(`urn:request:${String(answer.momentary['x-request-id'])}`);
        return { ...comparable({ ...answer, body }), body: undefined, problem };
      };
      await warm();
      fakes.fetcher.answer = () => Promise.reject(new SourceNotFoundError(404));
      await ask(long, pathOf({ size: '64' }));
      for (const [path, headers, status] of [
        [pathOf({ size: '64' }), {}, 404],
        [pathOf({ size: '65' }), {}, 400],
        [pathOf({ url: 'ftp://images.example/a' }), {}, 400],
        [`${pathOf()}&size=128`, {}, 400],
        [pathOf({ key: 'k1', expires: '4000000000', signature: 'forged' }), {}, 403],
        [pathOf(), { Host: 'evil.example' }, 421],
        [pathOf(), { Via: '1.1 thumbnailer' }, 403],
      ] as const) {
        const [one, other] = [await ask(short, path, headers), await ask(long, path, headers)];
        expect(one.status, path).to.equal(status);
        expect(without(one)).to.deep.equal(without(other));
      }
    });

    it('costs one look into the cache', async () => {
      const asked: CacheKey[] = [];
      const get = fakes.cache.get.bind(fakes.cache);
      fakes.cache.get = (key) => {
        asked.push(key);
        return get(key);
      };
      expect((await ask(short, pathOf())).headers['cache-status']).to.include('miss');
      expect(asked).to.have.length(1);
      expect((await ask(short, pathOf())).headers['cache-status']).to.include('hit');
      expect(asked).to.have.length(2);
    });

    it('is made once for all who ask at the same time', async () => {
      const answers = await Promise.all(Array.from({ length: 10 }, () => ask(short, pathOf())));
      expect(answers.map(({ status }) => status)).to.deep.equal(Array.from({ length: 10 }, () => 200));
      expect(fakes.fetcher.fetched).to.have.length(1);
    });

    it('is what has a fragment, which no client sends', async () => {
      const socket = connect(Number(new URL(short.url).port), '127.0.0.1');
      socket.write(`GET ${pathOf()}#&size=64 HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n`);
      expect(await text(socket))
        .to.include(' 200 ')
        .and.include('source 128 inside');
    });
  });

  it('is shown at once by a cache that has it at hand, of which nothing else is asked', async () => {
    await warm();
    const getSync = (key: CacheKey): CacheEntry | undefined => fakes.cache.entries.get(key);
    Object.assign(fakes.cache, { getSync, get: () => Promise.reject(new Error('asked')) });
    expect((await ask(short, pathOf(), { Accept: 'image/webp' })).headers['cache-status']).to.include('hit');
  });

  describe('on what the process has at hand', () => {
    const waitFor = Promise.reject(new Error('waited for'));
    waitFor.catch(() => undefined);

    beforeEach(async () => {
      await warm();
      // One that finds it the other way, whose address is remembered then.
      await askBoth(pathOf(), { Accept: 'image/webp' });
      const getSync = (key: CacheKey): CacheEntry | undefined => fakes.cache.entries.get(key);
      Object.assign(fakes.cache, { getSync, get: () => waitFor });
    });

    it('is answered without waiting for anything', async () => {
      Object.assign(fakes.secrets, { peek: () => fakes.secrets.secrets, read: () => waitFor });
      const answer = await ask(short, pathOf(), { Accept: 'image/webp' });
      expect(answer.headers['cache-status']).to.include('hit');
      expect(answer.body.toString()).to.equal('source 128 inside webp');
      await logged(1);
      expect(short.log.at(-1)).to.include({ msg: 'request', sourceHost: 'images.example', cache: 'hit' });
      expect(summaries).to.have.length(1);
    });

    it('is so to each Accept its own, to HEAD, and to one who has it', async () => {
      Object.assign(fakes.secrets, { peek: () => fakes.secrets.secrets });
      await askBoth(pathOf(), { Accept: 'image/webp' }, 'HEAD');
      const { headers } = await askBoth(pathOf(), { Accept: 'image/webp' });
      const again = await askBoth(pathOf(), { Accept: 'image/webp', 'If-None-Match': String(headers.etag) });
      expect(again.status).to.equal(304);
    });

    it('is none where that is not fresh any more', async () => {
      Object.assign(fakes.secrets, { peek: () => fakes.secrets.secrets });
      fakes.cache.get = (key) => Promise.resolve(fakes.cache.entries.get(key));
      fakes.now += 400 * 86_400_000;
      await ask(short, pathOf(), { Accept: 'image/webp' });
      await logged(1);
      expect(summaries).to.have.nested.property('[0].cacheStatus', 'stale');
    });

    it('is looked for in the longer way where that cannot be looked at', async () => {
      const broken = () => {
        throw new Error('broken');
      };
      Object.assign(fakes.secrets, { peek: broken });
      fakes.cache.get = (key) => Promise.resolve(fakes.cache.entries.get(key));
      const answer = await ask(short, pathOf(), { Accept: 'image/webp' });
      expect(answer.headers['cache-status']).to.include('hit');
    });

    it('is looked for in the longer way as soon as there are keys to purge it with', async () => {
      const secrets = { 'signing-keys': `k1:${KEY.toString('base64url')}` };
      Object.assign(fakes.secrets, { secrets, peek: () => secrets });
      const asked: CacheKey[] = [];
      fakes.cache.get = (key) => {
        asked.push(key);
        return Promise.resolve(fakes.cache.entries.get(key));
      };
      expect((await ask(short, pathOf(), { Accept: 'image/webp' })).headers['cache-status']).to.include(
        'hit',
      );
      expect(asked, 'the generation of its source').to.have.length(1);
    });
  });

  it('is one no more when its source was purged', async () => {
    await short[Symbol.asyncDispose]();
    await long[Symbol.asyncDispose]();
    await start({ secrets: { 'signing-keys': `k1:${KEY.toString('base64url')}` } });
    await warm();
    await askBoth(pathOf(), { Accept: 'image/webp' });
    const parameters = new URLSearchParams({ url: SOURCE, key: 'k1', expires: '4000000000' });
    const signature = createHmac('sha256', KEY).update(textToSign('DELETE', parameters)).digest('base64url');
    const path = `/thumbnail?${new URLSearchParams({ ...Object.fromEntries(parameters), signature }).toString()}`;
    expect((await ask(long, path, {}, 'DELETE')).status).to.equal(204);
    expect((await ask(short, pathOf(), { Accept: 'image/webp' })).headers['cache-status']).to.include('miss');
  });

  it('to a signed request is one for as long as the signature holds', async () => {
    await short[Symbol.asyncDispose]();
    await long[Symbol.asyncDispose]();
    await start({ secrets: { 'signing-keys': `k1:${KEY.toString('base64url')}` } });
    const parameters = new URLSearchParams({
      url: SOURCE,
      size: '300',
      format: 'webp',
      key: 'k1',
      expires: String(Math.floor(fakes.now / 1000) + 60),
    });
    const signature = createHmac('sha256', KEY).update(textToSign('GET', parameters)).digest('base64url');
    const path = pathOf({ ...Object.fromEntries(parameters), signature });
    await warm(path);
    expect((await askBoth(path)).headers['cache-status']).to.include('hit');
    const insisting = await ask(short, path, { 'Cache-Control': 'no-cache' });
    expect(insisting.headers['cache-status']).to.include('miss');
    fakes.now += 120_000;
    expect((await ask(short, path)).status).to.equal(403);
  });

  it('whose client leaves during the look into the cache is logged so, and nothing is made for it', async () => {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const asked = Promise.withResolvers<undefined>();
    fakes.cache.get = () => {
      asked.resolve(undefined);
      return promise;
    };
    const socket = connect(Number(new URL(short.url).port), '127.0.0.1');
    socket.write(`GET ${pathOf()} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`);
    await asked.promise;
    socket.destroy();
    await logged(1);
    resolve(undefined);
    await new Promise((later) => setTimeout(later, 20));
    expect(short.log.map(({ status, route }) => ({ status, route }))).to.deep.equal([
      { status: 499, route: '/thumbnail' },
    ]);
    expect(fakes.fetcher.fetched).to.deep.equal([]);
  });

  it('is traced as any other request, from its beginning to its end, once', async () => {
    const told: string[] = [];
    const traceRequest = (): RequestTrace => ({
      ids: { traceId: 't1', spanId: 's1' },
      run: (handle) => {
        told.push('run');
        return handle();
      },
      end: ({ cacheStatus }) => told.push(`end of ${cacheStatus}`),
    });
    await using app = await startApp(fakes, { traceRequest });
    await ask(app, pathOf());
    while (told.length < 3) await new Promise((resolve) => setImmediate(resolve));
    expect(told.at(-1)).to.equal('end of miss');
    told.length = 0;
    await ask(app, pathOf());
    while (told.length < 2) await new Promise((resolve) => setImmediate(resolve));
    expect(told).to.deep.equal(['run', 'end of hit']);
    expect(app.log.at(-1)).to.include({ traceId: 't1', spanId: 's1', cache: 'hit' });
  });
});
