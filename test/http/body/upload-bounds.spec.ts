import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { type TestApp, startApp } from '../../support/app.ts';
import { imageOf } from '../../support/fakes.ts';
import {
  admission,
  caller,
  type Harness,
  harness,
  requestFor,
  memoryPool,
  takeFrom,
} from '../../support/service.ts';
import { IMAGE_PART, MULTIPART, beginPost, multipartOf } from '../../support/uploads.ts';

const PNG = { 'Content-Type': 'image/png' };
const LIMITS = { maxBytes: 100_000, timeoutMs: 300 };

describe('uploads within bounds', () => {
  let app: TestApp;
  let fakes: Harness;
  const misses = admission({ budget: 0, places: 1, queueLimit: 0 });
  const downloadBytes = memoryPool(1e6, 20);

  beforeEach(async () => {
    fakes = harness({ misses, downloadBytes });
    fakes.now = Date.now();
    app = await startApp(fakes, { uploads: LIMITS });
  });
  afterEach(async () => {
    await until(() => misses.inside === 0 && downloadBytes.inside === 0 && downloadBytes.spent === 0);
    await app[Symbol.asyncDispose]();
  });

  const address = () => `${app.url}/thumbnail?size=64&format=png`;
  const begin = (headers: Record<string, string | number>, url = address()) =>
    beginPost(url, { ...PNG, ...headers });

  it('reserve what is announced before a byte has been sent, and give it back with the answer', async () => {
    const { request, answer } = begin({ 'Content-Length': 12 });
    await until(() => downloadBytes.spent === 12);
    expect(misses.inside).to.equal(1);
    request.end('<svg>picture');
    expect(await (await answer).text()).to.equal('picture 64 inside png');
  });

  it('reserve the limit where nothing is announced', async () => {
    const { request, answer } = begin({});
    await until(() => downloadBytes.spent === LIMITS.maxBytes);
    request.end('<svg>picture');
    expect((await answer).status).to.equal(200);
  });

  for (const [what, take] of [
    ['places', () => misses.admit({ cost: 0, ...caller() })],
    ['bytes', () => takeFrom(downloadBytes, 1e6)],
  ] as const) {
    for (const path of ['/thumbnail?size=64', '/']) {
      it(`are turned away from ${path}, unread, where there are no ${what} left`, async () => {
        using _taken = await take();
        const type = path === '/' ? MULTIPART : PNG;
        const head = { ...type, 'Content-Length': 90_000, Expect: '100-continue' };
        const { request, answer, continued } = beginPost(app.url + path, head);
        const refused = await Promise.race([answer, continued]);
        expect(refused?.status).to.equal(503);
        expect(refused?.headers.get('retry-after')).to.equal('1');
        expect(refused?.headers.get('connection')).to.equal('close');
        request.destroy();
      });
    }
  }

  it('let a form with an address pass while they take all places', async () => {
    const url = 'http://images.example/a.png';
    await fakes.service.thumbnail(requestFor(url, { size: 64, format: 'jpeg-or-png' }), {}, caller());
    using _taken = await misses.admit({ cost: 0, ...caller() });
    const body = multipartOf([
      ['Content-Disposition: form-data; name="image_url"', url],
      [IMAGE_PART.replace('a.png', ''), ''],
      ['Content-Disposition: form-data; name="thumbnail_size"', '64'],
    ]);
    const response = await fetch(app.url, { method: 'POST', body, headers: { ...MULTIPART, Accept: '*/*' } });
    expect(response.status).to.equal(200);
    expect(await response.text()).to.match(/id="cache-status"[^>]*>\s*hit/);
  });

  it('give up their places when a form that could have had an image has an address', async () => {
    const form = multipartOf([
      ['Content-Disposition: form-data; name="image_url"', 'http://images.example/a.png'],
      ['Content-Disposition: form-data; name="thumbnail_size"', '64'],
    ]);
    const { request, answer } = beginPost(app.url, MULTIPART);
    request.end(form);
    expect((await answer).status).to.equal(200);
    expect(fakes.fetcher.fetched).to.have.length(1);
  });

  it('are asked for when there is room, where their sender waits for that', async () => {
    for (const [url, type, body] of [
      [address(), PNG, '<svg>picture'],
      [address(), MULTIPART, multipartOf([[IMAGE_PART, '<svg>another']])],
      [
        app.url,
        { 'Content-Type': 'application/x-www-form-urlencoded' },
        'image_url=http://a.example/&thumbnail_size=64',
      ],
    ] as const) {
      const { request, answer, continued } = beginPost(url, {
        ...type,
        'Content-Length': body.length,
        Expect: '100-continue',
      });
      await continued;
      request.end(body);
      expect((await answer).status).to.equal(200);
    }
  });

  it('are not asked for where their length, type or size says enough', async () => {
    for (const [status, headers, path] of [
      [413, { 'Content-Length': LIMITS.maxBytes + 1 }, '/thumbnail?size=64'],
      [413, { 'Content-Length': 999_999_999_999 }, '/thumbnail?size=64'],
      [413, { ...MULTIPART, 'Content-Length': LIMITS.maxBytes + 50_000 }, '/'],
      [415, { 'Content-Length': 10, 'Content-Type': 'text/plain' }, '/thumbnail?size=64'],
      [400, { 'Content-Length': 10 }, '/thumbnail?size=65'],
      [404, { 'Content-Length': 10 }, '/nothing'],
    ] as const) {
      const { request, answer, continued } = begin({ ...headers, Expect: '100-continue' }, app.url + path);
      const refused = await Promise.race([answer, continued]);
      expect(refused?.status).to.equal(status);
      request.destroy();
      expect(downloadBytes.spent).to.equal(0);
    }
  });

  it('reach their sender with 413 while it is still sending, and end the connection', async () => {
    for (const length of ['Content-Length: 900000000', 'Transfer-Encoding: chunked']) {
      const socket = connect(Number(new URL(app.url).port), '127.0.0.1').on('error', () => undefined);
      const head = `POST /thumbnail?size=64 HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: image/png\r\n${length}\r\n\r\n`;
      socket.write(head);
      const chunk = Buffer.concat([Buffer.from('10000\r\n'), Buffer.alloc(0x10000, 1), Buffer.from('\r\n')]);
      const sending = setInterval(() => socket.write(chunk), 2);
      const received = text(socket).catch(() => '');
      await once(socket, 'close');
      clearInterval(sending);
      expect(await received, length)
        .to.include('HTTP/1.1 413')
        .and.include('Connection: close')
        .and.include('request-too-large');
    }
  });

  it('end with 408 when they drip', async () => {
    for (const [type, url] of [
      [PNG, address()],
      [MULTIPART, address()],
      [MULTIPART, app.url],
    ] as const) {
      const { request, answer } = beginPost(url, type);
      const drip = setInterval(() => request.write('-'), 20);
      const refused = await answer;
      clearInterval(drip);
      expect(refused.status).to.equal(408);
      expect(refused.headers.get('connection')).to.equal('close');
      expect(await refused.text()).to.include('did not arrive within 300 milliseconds');
      expect(app.log.at(-1)).to.include({ status: 408, code: 'request-timeout' });
      request.destroy();
    }
  });

  it('leave nothing behind when their sender leaves', async () => {
    for (const [type, url] of [
      [PNG, address()],
      [MULTIPART, address()],
      [MULTIPART, app.url],
    ] as const) {
      const lines = app.log.length;
      const { request } = beginPost(url, { ...type, 'Content-Length': 90_000 });
      request.write(multipartOf([[IMAGE_PART, 'x'.repeat(1000)]]).subarray(0, 500));
      await until(() => downloadBytes.spent > 0);
      await sleep(10);
      request.destroy();
      await until(() => app.log.length > lines);
      expect(app.log.at(-1)).to.include({ status: 499, level: 30 });
      expect(downloadBytes.spent).to.equal(0);
    }
    expect(fakes.resizer.resized).to.equal(0);
  });

  it('are refused unread where only signed requests are answered', async () => {
    const strict = harness({ requests: { signatures: 'required' }, misses, downloadBytes });
    await using closed = await startApp(strict, { uploads: LIMITS });
    for (const [type, path] of [
      [PNG, '/thumbnail?size=64'],
      [MULTIPART, '/'],
    ] as const) {
      const head = { ...type, 'Content-Length': 90_000, Expect: '100-continue' };
      const { request, answer, continued } = beginPost(closed.url + path, head);
      expect((await Promise.race([answer, continued]))?.status).to.equal(403);
      request.destroy();
    }
    const small = new FormData();
    small.set('thumbnail_size', '64');
    small.set('image', new Blob([imageOf('<svg>picture')]), 'a.png');
    expect((await fetch(closed.url, { method: 'POST', body: small })).status).to.equal(403);
  });

  it('put a form together from whatever pieces it comes in', async () => {
    const delimiter = '\r\n--ThumbnailerTestBoundary';
    const text = `--\r\n\r${delimiter.slice(0, -1)}\r\n--\r\n${delimiter.slice(0, 10)}\r${delimiter.slice(0, -1)}x\r\n\n--`;
    const body = multipartOf([[IMAGE_PART, imageOf(text)]]);
    fakes.resizer.answer = (received, spec) => {
      expect(received).to.equal(text);
      return harness().resizer.answer(received, spec);
    };
    for (let size = 1; size < 40; size += 3) {
      fakes.cache.forgetKept();
      const { request, answer } = beginPost(address(), MULTIPART);
      for (let at = 0; at < body.length; at += size) {
        request.write(body.subarray(at, at + size));
        await new Promise((resolve) => setImmediate(resolve));
      }
      request.end();
      expect((await answer).status, `pieces of ${size}`).to.equal(200);
    }
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await sleep(2);
}
