import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import { SourceNotFoundError } from '../../../src/domain/errors/index.ts';
import { textToSign } from '../../../src/domain/access/signature.ts';
import { type TestApp, startApp } from '../../support/app.ts';
import { type Harness, harness } from '../../support/service.ts';
import { IMAGE_PART, MULTIPART, multipartOf } from '../../support/uploads.ts';

type Body = NonNullable<RequestInit['body']>;

const SOURCE = 'http://images.example/a.svg';
const PNG = { 'Content-Type': 'image/png' };
const KEY = Buffer.alloc(32, 'key');
/** What the header of the fake's image says, and its fake decoder. */
const FACTS = { format: 'svg', width: 300, height: 150 };

describe('/info', () => {
  let app: TestApp;
  let fakes: Harness;

  beforeEach(async () => {
    fakes = harness({ secrets: { 'signing-keys': `k1:${KEY.toString('base64url')}` } });
    fakes.now = Date.now();
    app = await startApp(fakes);
  });
  afterEach(() => app[Symbol.asyncDispose]());

  const ask = (parameters: Record<string, string> = {}, init: RequestInit = {}) => {
    const query = new URLSearchParams({ url: SOURCE, fields: 'format,width,height', ...parameters });
    return fetch(`${app.url}/info?${query.toString()}`, init);
  };

  it('answers with the fields that were asked for, in their own order', async () => {
    const response = await ask({ fields: 'height, width,format' });
    const text = await response.text();
    expect(response.status).to.equal(200);
    expect(text).to.equal(JSON.stringify(FACTS));
    expect(Object.fromEntries(response.headers)).to.include({
      'content-type': 'application/json',
      'content-length': String(text.length),
      'content-security-policy': "default-src 'none'; sandbox",
      'cache-status': 'thumbnailer; fwd=uri-miss; stored',
      'access-control-allow-origin': '*',
      'cross-origin-resource-policy': 'cross-origin',
    });
    expect(response.headers.get('cache-control')).to.match(/^public, max-age=\d+, stale-while/);
    expect(response.headers.get('content-disposition')).to.equal(null);
    expect(app.log.at(-1)).to.include({ route: '/info', sourceHost: 'images.example', cache: 'miss' });
  });

  it('has a validator for each set of fields, and answers HEAD', async () => {
    const first = await ask();
    const etag = first.headers.get('etag')!;
    const again = await ask({}, { headers: { 'If-None-Match': etag } });
    expect([again.status, again.headers.get('cache-status')]).to.satisfy(
      ([status, cache]: [number, string]) => status === 304 && cache.includes('hit'),
    );
    const other = await ask({ fields: 'width' }, { headers: { 'If-None-Match': etag } });
    expect([other.status, await other.json()]).to.deep.equal([200, { width: 300 }]);
    const head = await ask({}, { method: 'HEAD' });
    expect([head.status, await head.text()]).to.deep.equal([200, '']);
    expect(head.headers.get('etag')).to.equal(etag);
  });

  it('refuses what it does not know, and answers errors as problem documents to anyone', async () => {
    for (const parameters of [
      { fields: 'colour' },
      { fields: '' },
      { fields: 'width,' },
      { size: '64' },
      { url: 'images.example' },
    ] as Record<string, string>[]) {
      const response = await ask(parameters, { headers: { Accept: 'text/html' } });
      expect(response.status, JSON.stringify(parameters)).to.equal(400);
      expect(response.headers.get('content-type')).to.equal('application/problem+json');
    }
    fakes.fetcher.answer = () => Promise.reject(new SourceNotFoundError(404));
    const missing = await ask();
    expect(missing.status).to.equal(404);
    expect(missing.headers.get('access-control-allow-origin')).to.equal('*');
    expect(await missing.json()).to.include({ code: 'source-not-found' });
    expect((await ask({}, { method: 'DELETE' })).headers.get('allow')).to.equal('GET, HEAD, POST');
  });

  it('answers what is signed for it, and for nothing else', async () => {
    const parameters = { url: SOURCE, fields: 'width', key: 'k1', expires: '4000000000' };
    const signed = (operation: 'GET /info' | 'GET /thumbnail' | 'POST /info') => {
      const text = textToSign(operation, new URLSearchParams(parameters));
      return { ...parameters, signature: createHmac('sha256', KEY).update(text).digest('base64url') };
    };
    expect(textToSign('GET /info', new URLSearchParams(parameters))).to.equal(
      'GET /info?expires=4000000000&fields=width&key=k1&url=http%3A%2F%2Fimages.example%2Fa.svg',
    );
    expect((await ask(signed('GET /info'))).status).to.equal(200);
    for (const operation of ['GET /thumbnail', 'POST /info'] as const) {
      expect((await ask(signed(operation))).status, operation).to.equal(403);
    }
    const soon = { ...parameters, expires: String(Math.floor(Date.now() / 1000) + 20) };
    const text = textToSign('GET /info', new URLSearchParams(soon));
    const signature = createHmac('sha256', KEY).update(text).digest('base64url');
    const short = await ask({ ...soon, signature });
    const maxAge = Number(/max-age=(\d+)/.exec(short.headers.get('cache-control')!)![1]);
    expect(maxAge).to.be.within(10, 20);
  });

  it('answers of an image that is sent along, and lets no cache keep that', async () => {
    const post = (body: Body, headers: Record<string, string>, query = 'fields=format,width,height') =>
      fetch(`${app.url}/info?${query}`, { method: 'POST', body, headers });
    for (const [body, headers] of [
      ['<svg>', PNG],
      [new Blob([Uint8Array.from(multipartOf([[IMAGE_PART, '<svg>']]))]), MULTIPART],
    ] as [Body, Record<string, string>][]) {
      const response = await post(body, headers);
      expect(await response.json()).to.deep.equal(FACTS);
      expect(response.headers.get('cache-control')).to.equal('private, no-store');
      expect(response.headers.get('cross-origin-resource-policy')).to.equal('same-origin');
    }
    const refused = { ...PNG, Origin: 'https://elsewhere.example' };
    expect((await post('<svg>', refused)).status).to.equal(403);
    expect((await post('', PNG)).status).to.equal(400);
    expect((await post('<svg>', PNG, 'size=64')).status).to.equal(400);
  });

  it('may be read and asked for by scripts of other sites', async () => {
    const preflight = await fetch(`${app.url}/info`, {
      method: 'OPTIONS',
      headers: { Origin: 'https://a.example', 'Access-Control-Request-Method': 'GET' },
    });
    expect(preflight.status).to.equal(204);
    expect(preflight.headers.get('access-control-allow-methods')).to.equal('GET, HEAD, POST');
  });
});
