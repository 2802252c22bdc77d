import { createHmac } from 'node:crypto';
import { expect } from 'chai';
import { textToSign } from '../../../src/domain/access/signature.ts';
import {
  CorruptImageError,
  ImageTooExpensiveError,
  ImageTooLargeError,
  OverloadedError,
  SourceForbiddenError,
  SourceNotFoundError,
  SourceRefusedError,
  SourceTimeoutError,
  SourceTooLargeError,
  SourceUnreachableError,
  UnsupportedImageError,
} from '../../../src/domain/errors/index.ts';
import type { RequestSummary } from '../../../src/http/server/request-observers.ts';
import { type TestApp, startApp } from '../../support/app.ts';
import { imageOf } from '../../support/fakes.ts';
import { type Harness, harness } from '../../support/service.ts';

const SOURCE = 'http://images.example/a.png';
const KEY = Buffer.alloc(32, 'key');

describe('fallback=true', () => {
  let app: TestApp;
  let fakes: Harness;
  let seen: RequestSummary[];
  const start = async (status = 200, isThere = true) => {
    seen = [];
    const fallback = isThere ? { image: imageOf('fallback'), status } : undefined;
    app = await startApp(fakes, { fallback, onRequest: (request) => void seen.push(request) });
  };

  beforeEach(() => {
    fakes = harness({ secrets: { 'signing-keys': `k1:${KEY.toString('base64url')}` } });
    fakes.now = Date.now();
  });
  afterEach(() => app[Symbol.asyncDispose]());

  const ask = (parameters: Record<string, string> = {}, init: RequestInit = {}) => {
    const query = { url: SOURCE, size: '64', fallback: 'true', format: 'webp', ...parameters };
    return fetch(`${app.url}/thumbnail?${new URLSearchParams(query).toString()}`, init);
  };
  const failWith = (error: Error) => (fakes.fetcher.answer = () => Promise.reject(error));

  const faults: Readonly<Record<string, Error>> = {
    'source-not-found': new SourceNotFoundError(404),
    'source-unreachable': new SourceUnreachableError('The server hung up.'),
    'source-refused': new SourceRefusedError('The server refused.'),
    'source-timeout': new SourceTimeoutError(1000),
    'source-too-large': new SourceTooLargeError(1),
    'unsupported-image': new UnsupportedImageError(['png']),
    'corrupt-image': new CorruptImageError(),
    'image-too-large': new ImageTooLargeError('Too large.'),
    'image-too-expensive': new ImageTooExpensiveError(),
  };
  for (const [code, error] of Object.entries(faults)) {
    it(`shows the operator's image, as the other was to be, for ${code}, which stays in sight`, async () => {
      await start();
      failWith(error);
      const response = await ask();
      expect([response.status, await response.text()]).to.deep.equal([200, 'fallback 64 inside webp']);
      expect(Object.fromEntries(response.headers)).to.include({
        'content-type': 'image/webp',
        'content-disposition': 'inline; filename="a.webp"',
        'cache-control': 'public, max-age=60',
        'cache-status': `thumbnailer; fwd=uri-miss; detail=${code}`,
        'x-thumbnail-fault': code,
        'access-control-allow-origin': '*',
      });
      expect(response.headers.get('etag')).to.equal(null);
      expect(app.log.at(-1))
        .to.include({ status: 200, code, route: '/thumbnail' })
        .and.not.have.property('cache');
      expect(seen.at(-1)).to.include({ status: 200, code });
    });
  }

  it('is never kept as the thumbnail', async () => {
    await start();
    const { answer } = fakes.fetcher;
    failWith(new SourceTimeoutError(1000));
    expect(await (await ask()).text()).to.equal('fallback 64 inside webp');
    // A failure that is remembered is shown in the same way.
    expect((await ask()).headers.get('x-thumbnail-fault')).to.equal('source-timeout');
    expect(fakes.fetcher.fetched).to.have.length(1);
    fakes.now += 60_000;
    fakes.fetcher.answer = answer;
    const sound = await ask();
    expect(await sound.text()).to.equal('source 64 inside webp');
    expect(sound.headers.get('x-thumbnail-fault')).to.equal(null);
    expect(sound.headers.get('etag')).to.match(/^"/);
  });

  it('answers with the status that the operator chose, and HEAD too', async () => {
    await start(404);
    failWith(new SourceNotFoundError(404));
    expect((await ask()).status).to.equal(404);
    const head = await ask({}, { method: 'HEAD' });
    expect([head.status, await head.text(), head.headers.get('content-length')]).to.deep.equal([
      404,
      '',
      String('fallback 64 inside webp'.length),
    ]);
  });

  it('changes nothing where it is not wanted, where there is no image, or where the request itself is at fault', async () => {
    await start(200, false);
    failWith(new SourceNotFoundError(404));
    expect((await ask()).headers.get('content-type')).to.equal('application/problem+json');
    await app[Symbol.asyncDispose]();
    await start();
    expect((await ask({ fallback: 'false' })).status).to.equal(404);
    for (const [status, parameters] of [
      [400, { size: '65' }],
      [400, { fallback: 'yes' }],
      [403, { key: 'k1', expires: '4000000000', signature: 'x'.repeat(43) }],
    ] as const) {
      expect((await ask(parameters)).status, JSON.stringify(parameters)).to.equal(status);
    }
    failWith(new SourceForbiddenError('private'));
    expect((await ask({ url: 'http://images.example/b.png' })).status).to.equal(403);
    failWith(new OverloadedError());
    expect((await ask({ url: 'http://images.example/c.png' })).status).to.equal(503);
  });

  it('is signed as any parameter, and lives no longer than its signature', async () => {
    await start();
    failWith(new SourceNotFoundError(404));
    const expires = String(Math.floor(Date.now() / 1000) + 20);
    const parameters = { url: SOURCE, size: '300', fallback: 'true', format: 'png', key: 'k1', expires };
    const text = textToSign('GET /thumbnail', new URLSearchParams(parameters));
    const signature = createHmac('sha256', KEY).update(text).digest('base64url');
    const response = await ask({ ...parameters, signature });
    expect(await response.text()).to.equal('fallback 300 inside png');
    expect(Number(/max-age=(\d+)/.exec(response.headers.get('cache-control')!)![1])).to.be.within(10, 20);
  });

  it('goes for images that are sent along, too', async () => {
    await start();
    fakes.resizer.answer = ((answer) => (text, spec) =>
      text === 'broken' ? Promise.reject(new CorruptImageError()) : answer(text, spec))(fakes.resizer.answer);
    const response = await fetch(`${app.url}/thumbnail?size=64&format=webp&fallback=true`, {
      method: 'POST',
      body: '<svg>broken',
      headers: { 'Content-Type': 'image/png' },
    });
    expect(await response.text()).to.equal('fallback 64 inside webp');
    expect(response.headers.get('x-thumbnail-fault')).to.equal('corrupt-image');
    expect(response.headers.get('cache-control')).to.equal('private, no-store');
  });
});
