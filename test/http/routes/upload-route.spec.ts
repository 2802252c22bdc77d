import { createHmac, randomBytes } from 'node:crypto';
import { expect } from 'chai';
import {
  CorruptImageError,
  ImageTooExpensiveError,
  ImageTooLargeError,
  UnsupportedImageError,
} from '../../../src/domain/errors/index.ts';
import { textToSign } from '../../../src/domain/access/signature.ts';
import { type TestApp, startApp } from '../../support/app.ts';
import { imageOf } from '../../support/fakes.ts';
import { type Harness, admission, harness, memoryPool } from '../../support/service.ts';
import { BOUNDARY, IMAGE_PART, MULTIPART, beginPost, multipartOf } from '../../support/uploads.ts';

const KEY = Buffer.alloc(32, 'key');
const PNG = { 'Content-Type': 'image/png' };
type Body = NonNullable<RequestInit['body']> | null;
const LIMITS = { maxBytes: 100_000, timeoutMs: 10_000 };

describe('POST /thumbnail', () => {
  let app: TestApp;
  let fakes: Harness;
  const bounds = { misses: admission({ budget: 0 }), downloadBytes: memoryPool(1e6) };

  beforeEach(async () => {
    fakes = harness({ secrets: { 'signing-keys': `k1:${KEY.toString('base64url')}` }, ...bounds });
    fakes.now = Date.now();
    app = await startApp(fakes, { uploads: LIMITS });
  });
  afterEach(async () => {
    await app[Symbol.asyncDispose]();
    for (const bound of Object.values(bounds)) {
      while (bound.inside > 0 || bound.waiting > 0) await turn();
      expect(bound.spent).to.equal(0);
    }
  });

  const address = (parameters: Record<string, string> = {}) =>
    `${app.url}/thumbnail?${new URLSearchParams({ size: '128', format: 'webp', ...parameters }).toString()}`;
  const post = (body: Body, headers: Record<string, string> = {}, parameters = {}) =>
    fetch(address(parameters), { method: 'POST', body, headers });
  const formOf = (...files: [name: string, text: string, fileName: string][]) => {
    const form = new FormData();
    for (const [name, text, fileName] of files) form.append(name, new Blob([text]), fileName);
    return form;
  };

  it('answers with the bytes, which nobody else is to keep or to show', async () => {
    const response = await post('<svg>picture', PNG);
    const body = await response.text();
    expect(response.status).to.equal(200);
    expect(body).to.equal('picture 128 inside webp');
    expect(Object.fromEntries(response.headers)).to.include({
      'content-type': 'image/webp',
      'content-length': String(body.length),
      'content-disposition': 'inline; filename="thumbnail.webp"',
      'content-security-policy': "default-src 'none'; sandbox",
      'cross-origin-resource-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
      'cache-control': 'private, no-store',
      'cache-status': 'thumbnailer; fwd=uri-miss; stored',
    });
    expect(response.headers.get('etag')).to.match(/^"[\w-]{22}"$/);
    expect(response.headers.get('server-timing')).to.match(
      /^cache;dur=[\d.]+, fetch;dur=[\d.]+, resize;dur=[\d.]+, total;dur=[\d.]+$/,
    );
    expect(response.headers.get('vary')).to.equal(null);
    const line = app.log.at(-1)!;
    expect(line).to.include({ method: 'POST', route: '/thumbnail', status: 200, cache: 'miss' });
    expect(line).to.not.have.property('sourceHost');
  });

  it('ignores conditions: nothing has been there before', async () => {
    for (const headers of [{ 'If-Match': '"another"' }, { 'If-None-Match': '*' }] as const) {
      const { status } = await post('<svg>picture', { ...PNG, ...headers });
      expect(status, JSON.stringify(headers)).to.equal(200);
    }
  });

  it('takes the same image as octets, as any type of image, and as a file of a form', async () => {
    const expected = 'picture 64 cover png';
    const wish = { size: '64', fit: 'cover', format: 'png' };
    for (const type of ['application/octet-stream', 'image/x-anything', 'IMAGE/JPEG; q=1']) {
      const response = await post('<svg>picture', { 'Content-Type': type }, wish);
      expect(await response.text(), type).to.equal(expected);
    }
    const form = await post(formOf(['image', '<svg>picture', 'a.png']), {}, wish);
    expect(await form.text()).to.equal(expected);
    expect(form.headers.get('cache-status')).to.include('hit');
    expect(fakes.resizer.resized).to.equal(1);
  });

  it('negotiates the format', async () => {
    const response = await post('<svg>picture', { ...PNG, Accept: 'image/avif' }, { format: 'auto' });
    expect(response.headers.get('content-type')).to.equal('image/avif');
  });

  it('knows an image by its bytes, and each wish of it apart', async () => {
    const status = async (text: string, parameters = {}) =>
      (await post(text, PNG, parameters)).headers.get('cache-status');
    expect(await status('<svg>one')).to.include('miss');
    expect(await status('<svg>one')).to.match(/^thumbnailer; hit; ttl=(59|60)$/);
    expect(await status('<svg>two')).to.include('miss');
    expect(await status('<svg>one', { size: '64' })).to.include('miss');
    expect(await status('<svg>one', { fit: 'cover' })).to.include('miss');
    expect(await status('<svg>one', { format: 'png' })).to.include('miss');
    expect(await status('<svg>one')).to.include('hit');
  });

  it('takes an image of the largest size, announced or in chunks, and none that is a byte larger', async () => {
    const text = randomBytes(LIMITS.maxBytes)
      .toString('latin1')
      .replaceAll(/[^ -~]/g, 'x')
      .slice(imageOf('').length);
    const largest = new Uint8Array(imageOf(text));
    const larger = new Uint8Array(LIMITS.maxBytes + 1);
    fakes.resizer.answer = (received, spec) => {
      expect(received).to.equal(text);
      return harness().resizer.answer('x', spec);
    };
    const ways: Record<string, (image: Uint8Array<ArrayBuffer>) => Promise<Response>> = {
      announced: (image) => post(new Blob([image]), PNG),
      chunked: (image) => inChunks(image, PNG),
      'a form': (image) => post(multipartOf([[IMAGE_PART, image]]), MULTIPART),
      'a form in chunks': (image) => inChunks(multipartOf([[IMAGE_PART, image]]), MULTIPART),
    };
    for (const [what, send] of Object.entries(ways)) {
      fakes.cache.forgetKept();
      expect((await send(largest)).status, what).to.equal(200);
      const refused = await send(larger);
      expect(refused.status, what).to.equal(413);
      expect(await refused.json(), what).to.include({ code: 'request-too-large' });
    }
  });

  const inChunks = async (body: Uint8Array, headers: Record<string, string>) => {
    const { request, answer } = beginPost(address(), headers);
    for (let at = 0; at < body.length; at += 8192) {
      request.write(body.subarray(at, at + 8192));
      await turn();
    }
    request.end();
    return answer;
  };

  describe('refuses', () => {
    const refusals: Record<
      string,
      [status: number, body: Body, headers?: Record<string, string>, parameters?: object]
    > = {
      'no body': [400, null, PNG],
      'an empty body': [400, '', PNG],
      'a text': [415, '<svg>picture', { 'Content-Type': 'text/plain' }],
      'a form without a file': [415, 'a=b', { 'Content-Type': 'application/x-www-form-urlencoded' }],
      'no type': [415, new Blob(['<svg>picture'])],
      'another multipart': [415, 'x', { 'Content-Type': `multipart/mixed; boundary=${BOUNDARY}` }],
      'a compressed image': [415, '<svg>picture', { ...PNG, 'Content-Encoding': 'gzip' }],
      'a compressed form': [415, '<svg>picture', { ...MULTIPART, 'Content-Encoding': 'br' }],
      'a form without a boundary': [400, 'x', { 'Content-Type': 'multipart/form-data' }],
      'a form with an empty boundary': [400, 'x', { 'Content-Type': 'multipart/form-data; boundary=' }],
      'a form that is none': [400, 'x', MULTIPART],
      'a form that ends early': [400, multipartOf([[IMAGE_PART, 'x']]).subarray(0, -10), MULTIPART],
      'a form with nothing in it': [400, multipartOf([]), MULTIPART],
      'an empty file': [400, multipartOf([[IMAGE_PART, '']]), MULTIPART],
      'no file chosen': [400, multipartOf([[IMAGE_PART.replace('a.png', ''), '']]), MULTIPART],
      'an image as text': [
        400,
        multipartOf([['Content-Disposition: form-data; name="image"', 'x']]),
        MULTIPART,
      ],
      'two files': [400, formOf(['image', 'a', 'a.png'], ['image', 'b', 'b.png'])],
      'a file of another name': [400, formOf(['<svg>picture', 'a', 'a.png'])],
      'a field beside the file': [
        400,
        multipartOf([
          ['Content-Disposition: form-data; name="size"', '64'],
          [IMAGE_PART, 'x'],
        ]),
        MULTIPART,
      ],
      'no size': [400, '<svg>picture', PNG, { size: '' }],
      'a size that is not offered': [400, '<svg>picture', PNG, { size: '65' }],
      'an address': [400, '<svg>picture', PNG, { url: 'http://images.example/a.png' }],
      'an unknown parameter': [400, '<svg>picture', PNG, { widht: '1' }],
      'a part of a signature': [400, '<svg>picture', PNG, { key: 'k1' }],
    };
    for (const [what, [status, body, headers, parameters]] of Object.entries(refusals)) {
      it(`${what} with ${status} and a problem document`, async () => {
        const response = await post(body, headers, parameters);
        expect(response.headers.get('content-type')).to.equal('application/problem+json');
        const problem = (await response.json()) as { code: string };
        const code = status === 400 ? 'invalid-request' : 'unsupported-media-type';
        expect({ status: response.status, code: problem.code }).to.deep.equal({ status, code });
        expect(fakes.resizer.resized).to.equal(0);
      });
    }

    it('a repeated parameter', async () => {
      const response = await fetch(`${address()}&size=64`, {
        method: 'POST',
        body: '<svg>picture',
        headers: PNG,
      });
      expect(response.status).to.equal(400);
    });
  });

  it('answers and remembers faults of the image as those of a source', async () => {
    for (const fault of [
      new UnsupportedImageError(['jpeg']),
      new CorruptImageError(),
      new ImageTooLargeError('Too many pixels.'),
      new ImageTooExpensiveError(),
    ]) {
      fakes.resizer.answer = () => Promise.reject(fault);
      fakes.cache.forgetKept();
      for (let time = 0; time < 2; time += 1) {
        const response = await post('<svg>picture', PNG);
        expect(response.status).to.equal(422);
        expect(response.headers.get('cache-control')).to.equal('no-store');
        expect(await response.json()).to.include({ code: fault.code, detail: fault.message });
      }
    }
    expect(fakes.resizer.resized).to.equal(4);
  });

  it('gives signed requests other sizes, and refuses those that were signed for anything else', async () => {
    const wish = { size: '300', format: 'png', key: 'k1', expires: '4000000000' };
    const signed = (method: 'GET' | 'POST') => {
      const text = textToSign(`${method} /thumbnail`, new URLSearchParams(wish));
      return { ...wish, signature: createHmac('sha256', KEY).update(text).digest('base64url') };
    };
    expect(textToSign('POST /thumbnail', new URLSearchParams(wish))).to.equal(
      'POST /thumbnail?expires=4000000000&format=png&key=k1&size=300',
    );
    expect(await (await post('<svg>picture', PNG, signed('POST'))).text()).to.equal('picture 300 inside png');
    for (const tampered of [
      signed('GET'),
      { ...signed('POST'), size: '301' },
      { ...signed('POST'), fit: 'cover' },
    ]) {
      const response = await post('<svg>picture', PNG, tampered);
      expect(response.status).to.equal(403);
      expect(await response.json()).to.include({ code: 'signature-invalid' });
    }
  });

  it('leaves GET and HEAD as they were', async () => {
    await post('<svg>picture', PNG);
    const url = address({ url: 'http://images.example/a.png' });
    expect(await (await fetch(url)).text()).to.equal('source 128 inside webp');
    expect((await fetch(url, { method: 'HEAD' })).headers.get('cache-status')).to.include('hit');
  });
});

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
