import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import { ERROR_RESPONSES } from '../../../src/http/error-responses.ts';
import {
  CorruptImageError,
  ImageTooExpensiveError,
  ImageTooLargeError,
  OverloadedError,
  SourceNotFoundError,
  SourceRefusedError,
  SourceTimeoutError,
  SourceTooLargeError,
  SourceUnreachableError,
  UnsupportedImageError,
} from '../../../src/domain/errors/index.ts';
import type { CacheEntry } from '../../../src/domain/cache/cache-entry.ts';
import { textToSign } from '../../../src/domain/access/signature.ts';
import { type TestApp, startApp } from '../../support/app.ts';
import { sourceAnswer } from '../../support/fakes.ts';
import { type Harness, harness } from '../../support/service.ts';
import { OPTION_NAMES } from '../../../src/domain/request/options.ts';

const SOURCE = 'http://images.example/a.png?token=s3cret';
const KEY = Buffer.alloc(32, 'key');

describe('GET /thumbnail', () => {
  let app: TestApp;
  let fakes: Harness;

  beforeEach(async () => {
    fakes = harness({ secrets: { 'signing-keys': `k1:${KEY.toString('base64url')}` } });
    fakes.now = Date.now();
    app = await startApp(fakes);
  });
  afterEach(() => app[Symbol.asyncDispose]());

  const query = (parameters: Record<string, string>) =>
    `${app.url}/thumbnail?${new URLSearchParams(parameters).toString()}`;
  const get = (parameters: Record<string, string> = {}, headers: Record<string, string> = {}) =>
    fetch(query({ url: SOURCE, size: '128', ...parameters }), { headers });

  it('answers a preset to anyone, from the cache that the same parameters share when they are signed', async () => {
    const presets = new Map([['card', { width: '300', height: '200', format: 'png', download: 'true' }]]);
    const offering = harness({ requests: { presets } });
    await using service = await startApp(offering, { presets });
    const ask = (parameters: string) =>
      fetch(`${service.url}/thumbnail?url=http%3A%2F%2Fimages.example%2Fa.png&${parameters}`);
    const made = await ask('preset=card');
    expect(made.status).to.equal(200);
    expect(Object.fromEntries(made.headers)).to.include({
      'content-type': 'image/png',
      'content-disposition': 'attachment; filename="a.png"',
    });
    expect(made.headers.get('vary')).to.equal(null);
    const repeated = await ask('preset=card&width=300&format=png');
    expect(repeated.headers.get('cache-status')).to.include('hit');
    expect(repeated.headers.get('etag')).to.equal(made.headers.get('etag'));
    for (const refused of [
      'width=300&height=200',
      'preset=card&width=301',
      'preset=cards',
      'preset=card&download=false',
    ]) {
      expect((await ask(refused)).status, refused).to.equal(400);
    }
  });

  it('answers with the bytes and everything that caches and people need to know of them', async () => {
    const response = await get({ format: 'webp' });
    const body = Buffer.from(await response.arrayBuffer());
    expect(response.status).to.equal(200);
    expect(body.toString()).to.equal('source 128 inside webp');
    expect(Object.fromEntries(response.headers)).to.include({
      'content-type': 'image/webp',
      'content-length': String(body.length),
      'content-disposition': 'inline; filename="a.webp"',
      'content-security-policy': "default-src 'none'; sandbox",
      'cross-origin-resource-policy': 'cross-origin',
      'x-content-type-options': 'nosniff',
    });
    expect(response.headers.get('etag')).to.match(/^"[\w-]{22}"$/);
    expect(response.headers.get('cache-control')).to.match(
      /^public, max-age=(59|60), stale-while-revalidate=(35\d\d|3540), stale-if-error=(1800|1799)$/,
    );
    expect(response.headers.get('cache-status')).to.equal('thumbnailer; fwd=uri-miss; stored');
    expect(response.headers.get('server-timing')).to.match(
      /^cache;dur=[\d.]+, fetch;dur=[\d.]+, resize;dur=[\d.]+, total;dur=[\d.]+$/,
    );
    expect(response.headers.get('x-request-id')).to.match(/^[\w-]{36}$/);
    expect(response.headers.get('vary')).to.equal(null);
  });

  it('says hit, with its remaining time, the second time', async () => {
    await get();
    const response = await get();
    expect(response.headers.get('cache-status')).to.match(/^thumbnailer; hit; ttl=(59|60)$/);
    expect(response.headers.get('server-timing')).to.match(/^cache;dur=[\d.]+, total;dur=[\d.]+$/);
    expect(fakes.fetcher.fetched).to.have.length(1);
  });

  it('answers 412 to one who wants another thumbnail, and this one to all others', async () => {
    const etag = (await get()).headers.get('etag')!;
    for (const [ifMatch, status] of [
      ['"another"', 412],
      [`W/${etag}`, 412],
      ['nonsense', 412],
      ['*', 200],
      [etag, 200],
      [`"another", ${etag}`, 200],
    ] as const) {
      for (const method of ['GET', 'HEAD']) {
        const headers = { 'if-match': ifMatch };
        const answer = await fetch(query({ url: SOURCE, size: '128' }), { method, headers });
        expect(answer.status, ifMatch).to.equal(status);
        if (status === 412 && method === 'GET')
          expect(await answer.json()).to.include({ code: 'precondition-failed' });
      }
    }
    // Also where it is made for this request.
    const made = await get({ size: '64' }, { 'if-match': '"another"' });
    expect(made.status).to.equal(412);
  });

  it('serves what is stale at once, and says so', async () => {
    await get();
    fakes.now += 120_000;
    const entries = [...fakes.cache.entries];
    for (const [key, entry] of entries)
      fakes.cache.entries.set(key, { ...entry, freshUntilMs: Date.now() - 5000 });
    const response = await get();
    expect(response.status).to.equal(200);
    expect(response.headers.get('cache-status')).to.match(/^thumbnailer; hit; ttl=-[56]$/);
    expect(response.headers.get('cache-control')).to.match(
      /^public, max-age=0, stale-while-revalidate=3[56]\d\d, stale-if-error=1[78]\d\d$/,
    );
    expect(app.log.at(-1)).to.include({ cache: 'stale' });
  });

  it('has caches in front serve it stale no longer than it does itself, while its source fails', async () => {
    await get();
    for (const [key, entry] of [...fakes.cache.entries]) {
      const staleSinceMs = Date.now() - 600_000;
      fakes.cache.entries.set(key, {
        ...entry,
        freshUntilMs: Date.now() + 30_000,
        staleSinceMs,
      } as CacheEntry);
    }
    expect((await get()).headers.get('cache-control')).to.match(
      /^public, max-age=(29|30), stale-while-revalidate=(11[67]\d), stale-if-error=\2$/,
    );
  });

  it('has caches in front ask again as it does itself, where its source wants that', async () => {
    const headers = { 'cache-control': 'max-age=60, must-revalidate', etag: '"1"' };
    fakes.fetcher.answer = ({ href }) => Promise.resolve(sourceAnswer('image', { href, headers }));
    expect((await get()).headers.get('cache-control')).to.match(
      /^public, max-age=(59|60), stale-if-error=1[78]\d\d$/,
    );
    for (const [key, entry] of [...fakes.cache.entries])
      fakes.cache.entries.set(key, { ...entry, freshUntilMs: Date.now() - 5000 });
    const response = await get();
    expect(response.headers.get('cache-status')).to.equal('thumbnailer; fwd=stale; stored');
    expect(fakes.fetcher.fetched).to.have.length(2);
  });

  it('has nobody keep what its source wants kept nowhere', async () => {
    fakes.fetcher.answer = () =>
      Promise.resolve(sourceAnswer('secret', { headers: { 'cache-control': 'no-store' } }));
    const response = await get();
    expect(response.headers.get('cache-control')).to.equal('private, no-store');
    expect(response.headers.get('cache-status')).to.equal('thumbnailer; fwd=uri-miss');
  });

  it('negotiates the format, and says that it did', async () => {
    const webp = await get({}, { Accept: 'image/webp,*/*' });
    expect(webp.headers.get('content-type')).to.equal('image/webp');
    expect(webp.headers.get('vary')).to.equal('Accept');
    const plain = await get({}, { Accept: '*/*' });
    expect(plain.headers.get('content-type')).to.equal('image/jpeg');
    expect(plain.headers.get('etag')).to.not.equal(webp.headers.get('etag'));
  });

  it('answers 304 to one who has these bytes', async () => {
    const first = await get();
    const etag = first.headers.get('etag')!;
    const again = await get({}, { 'If-None-Match': etag });
    expect(again.status).to.equal(304);
    expect(await again.text()).to.equal('');
    for (const name of ['etag', 'cache-control', 'vary', 'cache-status']) {
      expect(again.headers.has(name), name).to.equal(true);
    }
    expect((await get({}, { 'If-None-Match': '"other"' })).status).to.equal(200);
  });

  it('answers HEAD as GET, without the bytes', async () => {
    const response = await fetch(query({ url: SOURCE, size: '64', format: 'png' }), { method: 'HEAD' });
    expect(response.status).to.equal(200);
    expect(response.headers.get('content-type')).to.equal('image/png');
    expect(response.headers.get('content-length')).to.equal(String('source 64 inside png'.length));
    expect(await response.text()).to.equal('');
  });

  it('passes fit on', async () => {
    expect(await (await get({ fit: 'cover', format: 'png' })).text()).to.equal('source 128 cover png');
  });

  describe('refuses', () => {
    for (const [what, parameters] of Object.entries({
      'no url': 'size=64',
      'an empty url': 'url=&size=64',
      'no size': 'url=http://images.example/a',
      'a size that is not offered': 'url=http://images.example/a&size=65',
      'a size that is no number': 'url=http://images.example/a&size=1e2',
      'a format that is none': 'url=http://images.example/a&size=64&format=bmp',
      'a fit that is none': 'url=http://images.example/a&size=64&fit=fill',
      'a repeated parameter': 'url=http://images.example/a&url=http://images.example/b&size=64',
      'an unknown parameter': 'url=http://images.example/a&size=64&widht=3',
      'a nested one': 'url[a]=http://images.example/a&size=64',
      __proto__: '__proto__=1&url=http://images.example/a&size=64',
      'a part of a signature': 'url=http://images.example/a&size=64&key=k1',
      'ftp:': 'url=ftp://images.example/a&size=64',
      'user-info': 'url=http://a:b@images.example/a&size=64',
    })) {
      it(`${what} with 400 and a problem document`, async () => {
        const response = await fetch(`${app.url}/thumbnail?${parameters}`);
        expect(response.status).to.equal(400);
        expect(response.headers.get('content-type')).to.equal('application/problem+json');
        expect(await response.json()).to.include({ code: 'invalid-request', status: 400 });
        expect(fakes.fetcher.fetched).to.be.empty;
      });
    }
  });

  for (const { what, query, sentence } of [
    {
      what: "a part of the image's own query",
      query: 'url=http://images.example/a?x=1&y=2&size=64',
      sentence: `Unknown parameter "y". Allowed: url, ${OPTION_NAMES.join(', ')}, filename, download, fallback, key, expires, signature. If it belongs to the image's URL, percent-encode that URL.`,
    },
    {
      what: 'a URL that was copied from the source of a page',
      query: 'url=http://images.example/a&amp;size=64',
      sentence: `Unknown parameter. Allowed: url, ${OPTION_NAMES.join(', ')}, filename, download, fallback, key, expires, signature. Write & in place of &amp;.`,
    },
    {
      what: 'a name that may hold anything',
      query: `size=64&${encodeURIComponent('<b>\n')}=1`,
      sentence: `Unknown parameter. Allowed: url, ${OPTION_NAMES.join(', ')}, filename, download, fallback, key, expires, signature.`,
    },
  ]) {
    it(`says what is wrong with ${what}`, async () => {
      const response = await fetch(`${app.url}/thumbnail?${query}`);
      expect(await response.json()).to.include({ detail: sentence });
    });
  }

  describe('turns each fault into its own problem', () => {
    const faults = [
      new SourceNotFoundError(404),
      new SourceRefusedError('The server answered with status 500.', 500),
      new SourceUnreachableError('There is no such host.'),
      new SourceTimeoutError(10_000),
      new SourceTooLargeError(1024),
      new UnsupportedImageError(['jpeg', 'png']),
      new CorruptImageError(),
      new ImageTooLargeError('The image has too many pixels.'),
      new ImageTooExpensiveError(),
      new OverloadedError(3),
    ];
    for (const fault of faults) {
      it(fault.code, async () => {
        fakes.fetcher.answer = () => Promise.reject(fault);
        const response = await get();
        const { status, title } = ERROR_RESPONSES[fault.code];
        expect(response.status).to.equal(status);
        const problem = (await response.json()) as Record<string, unknown>;
        expect(problem).to.deep.equal({
          type: 'about:blank',
          title,
          status,
          detail: fault.message,
          instance: `urn:request:${response.headers.get('x-request-id')}`,
          code: fault.code,
        });
        const expected = fault.code === 'source-not-found' ? 'public, max-age=60' : 'no-store';
        expect(response.headers.get('cache-control')).to.equal(expected);
        expect(response.headers.get('retry-after')).to.equal(fault instanceof OverloadedError ? '3' : null);
        expect(app.log.at(-1)).to.include({ level: 30, code: fault.code, status });
      });
    }

    it('internal, for what nobody foresaw, with nothing of it in the answer and all of it in the log', async () => {
      fakes.fetcher.answer = () => Promise.reject(new TypeError('secret path /etc/shadow'));
      const response = await get();
      const text = await response.text();
      expect(response.status).to.equal(500);
      expect(text).to.include('"code":"internal"').and.not.include('shadow');
      const line = app.log.at(-1)!;
      expect(line).to.include({
        level: 50,
        code: 'internal',
        requestId: response.headers.get('x-request-id'),
      });
      expect(JSON.stringify(line)).to.include('/etc/shadow').and.include('TypeError');
      expect((await get({ size: '64' })).status).to.equal(500);
      fakes.fetcher.answer = () => Promise.resolve(sourceAnswer('fine again'));
      expect((await get()).status).to.equal(200);
    });
  });

  it('gives signed requests other sizes, and refuses those that were tampered with', async () => {
    const parameters = new URLSearchParams({
      url: SOURCE,
      size: '300',
      key: 'k1',
      expires: '4000000000',
      format: 'png',
    });
    const signature = createHmac('sha256', KEY)
      .update(textToSign('GET /thumbnail', parameters))
      .digest('base64url');
    const signed = { ...Object.fromEntries(parameters), signature };
    expect((await fetch(query(signed))).status).to.equal(200);
    for (const tampered of [
      { ...signed, size: '301' },
      { ...signed, url: `${SOURCE}x` },
      { ...signed, fit: 'cover' },
      { ...signed, expires: '4000000001' },
      { ...signed, key: 'k2' },
    ]) {
      const response = await fetch(query(tampered));
      expect(response.status).to.equal(403);
      expect(await response.json()).to.include({ code: 'signature-invalid' });
    }
  });

  it('lets no cache keep an answer longer than the signature of its request holds', async () => {
    const ageOf = async (expires: number, init: RequestInit = {}, url = SOURCE) => {
      const parameters = new URLSearchParams({ url, size: '300', key: 'k1', expires: String(expires) });
      const signature = createHmac('sha256', KEY)
        .update(textToSign('GET /thumbnail', parameters))
        .digest('base64url');
      const { headers } = await fetch(query({ ...Object.fromEntries(parameters), signature }), init);
      const [, fresh, stale = '0'] =
        /^public, max-age=(\d+)(?:, stale-while-revalidate=(\d+), stale-if-error=\2)?$/.exec(
          headers.get('cache-control') ?? '',
        ) ?? [];
      return { fresh: Number(fresh), all: Number(fresh) + Number(stale) };
    };
    const nowSeconds = Math.floor(Date.now() / 1000);
    const made = await ageOf(nowSeconds + 1000);
    expect(made.fresh, 'made').to.be.within(55, 60);
    expect(made.all, 'made, and stale').to.be.within(980, 1000);
    for (const init of [{}, { method: 'HEAD' }, { headers: { 'If-None-Match': '*' } }]) {
      const { fresh, all } = await ageOf(nowSeconds + 30, init);
      expect([fresh, all], JSON.stringify(init)).to.deep.equal([all, fresh]);
      expect(fresh, JSON.stringify(init)).to.be.within(10, 30);
    }
    fakes.fetcher.answer = () => Promise.reject(new SourceNotFoundError(404));
    const missing = 'http://images.example/missing.png';
    expect((await ageOf(nowSeconds + 1000, {}, missing)).all, 'missing').to.be.within(30, 60);
    expect((await ageOf(nowSeconds + 20, {}, missing)).all, 'missing').to.be.within(5, 20);
  });

  it('purges a source for one who signs that, and for nobody else', async () => {
    await get();
    const parameters = new URLSearchParams({ url: SOURCE, key: 'k1', expires: '4000000000' });
    const sign = (text: string) => createHmac('sha256', KEY).update(text).digest('base64url');
    const purge = (signature: string) =>
      fetch(query({ ...Object.fromEntries(parameters), signature }), { method: 'DELETE' });
    expect((await purge(sign(textToSign('GET /thumbnail', parameters)))).status).to.equal(403);
    expect((await fetch(query({ url: SOURCE }), { method: 'DELETE' })).status).to.equal(403);
    expect((await get()).headers.get('cache-status')).to.include('hit');
    const purged = await purge(sign(textToSign('DELETE /thumbnail', parameters)));
    expect(purged.status).to.equal(204);
    expect(await purged.text()).to.equal('');
    expect((await get()).headers.get('cache-status')).to.include('miss');
  });

  it('asks the source again for a signed request that insists, a while later, and for no other', async () => {
    const insist = { 'Cache-Control': 'no-cache' };
    await get();
    expect((await get({}, insist)).headers.get('cache-status')).to.include('hit');
    const parameters = new URLSearchParams({ url: SOURCE, size: '128', key: 'k1', expires: '4000000000' });
    const signature = createHmac('sha256', KEY)
      .update(textToSign('GET /thumbnail', parameters))
      .digest('base64url');
    const signed = { ...Object.fromEntries(parameters), signature };
    expect((await get(signed)).headers.get('cache-status')).to.include('hit');
    expect((await get(signed, insist)).headers.get('cache-status')).to.include('hit');
    fakes.now += 1000;
    expect((await get({}, insist)).headers.get('cache-status')).to.include('hit');
    expect((await get(signed, insist)).headers.get('cache-status')).to.equal(
      'thumbnailer; fwd=request; stored',
    );
  });

  it('logs one line a request, with the host of the source and nothing else of its address', async () => {
    await get({}, { 'X-Request-Id': 'from-the-proxy' });
    expect(app.log.at(-1)).to.include({
      requestId: 'from-the-proxy',
      method: 'GET',
      route: '/thumbnail',
      status: 200,
      cache: 'miss',
      sourceHost: 'images.example',
    });
    expect(app.logText()).to.not.include('s3cret');
  });

  it('ends the work when its client leaves, and logs that it left', async () => {
    fakes.fetcher.answer = (_source, { signal }) =>
      new Promise((_resolve, reject) => {
        signal.addEventListener('abort', () => reject(signal.reason as Error));
      });
    const client = new AbortController();
    const request = fetch(query({ url: SOURCE, size: '64' }), { signal: client.signal }).catch(
      () => undefined,
    );
    while (fakes.fetcher.signals.length === 0) await new Promise((resolve) => setImmediate(resolve));
    client.abort();
    await request;
    while (app.log.length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(fakes.fetcher.signals[0]!.aborted).to.equal(true);
    expect(app.log[0]).to.include({ status: 499, level: 30 });
  });
});
