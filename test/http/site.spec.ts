import { connect } from 'node:net';
import { expect } from 'chai';
import type { TestApp } from '../support/app.ts';
import { postForm, startApp } from '../support/app.ts';
import { requestTo } from '../support/request-to.ts';
import { harness } from '../support/service.ts';
import { signedParameters } from '../support/signing.ts';

const SOURCE = 'http://images.example/a.png';
const THUMBNAIL = `/thumbnail?${new URLSearchParams({ url: SOURCE, size: '64' }).toString()}`;
const FORM = { image_url: SOURCE, thumbnail_size: '64' };
const HTML = { headers: { Accept: 'text/html' } };
const KEY = Buffer.alloc(32, 'key').toString('base64url');
const UPLOAD = { method: 'POST', headers: { 'Content-Type': 'image/png' }, body: '<svg>image' };

describe('a service below a path', () => {
  let app: TestApp;

  before(async () => {
    app = await startApp(harness({ secrets: { 'signing-keys': `k1:${KEY}` } }), {
      site: { basePath: '/img/small' },
    });
  });
  after(() => app[Symbol.asyncDispose]());

  const get = (path: string, init: RequestInit = {}) =>
    fetch(`${app.url}/img/small${path}`, { redirect: 'manual', ...init });

  it('has all of its routes there: misses, hits, uploads, purges, pages, documents and health', async () => {
    for (const status of ['fwd=uri-miss', 'hit']) {
      const answer = await get(THUMBNAIL);
      expect(answer.status).to.equal(200);
      expect(answer.headers.get('cache-status')).to.include(status);
    }
    expect((await get(THUMBNAIL, { method: 'HEAD' })).status).to.equal(200);
    expect((await get('/thumbnail?size=64', UPLOAD)).status).to.equal(200);
    expect((await postForm(`${app.url}/img/small/`, FORM)).status).to.equal(200);
    for (const path of ['/', '/openapi.json', '/healthz', '/readyz', '/samples/lake.jpg'])
      expect((await get(path)).status, path).to.equal(200);
    expect((await get('/nothing')).status).to.equal(404);
    expect((await get('/thumbnail', { method: 'PUT' })).status).to.equal(405);
  });

  it('has nothing beyond it but its health, which probes ask for at the root', async () => {
    for (const path of [
      '/',
      THUMBNAIL,
      '/openapi.json',
      '/style.css',
      '/img',
      '/img/smallest/',
      '/img/small.css',
    ])
      expect((await fetch(app.url + path)).status, path).to.equal(404);
    for (const path of ['/healthz', '/readyz']) expect((await fetch(app.url + path)).status).to.equal(200);
  });

  it('leads from the path without its slash to the one with it', async () => {
    const answer = await get('?image_url=x');
    expect(answer.status).to.equal(308);
    expect(answer.headers.get('location')).to.equal('/img/small/?image_url=x');
  });

  it('answers a request target in absolute form', async () => {
    const answer = Promise.withResolvers<string>();
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1', () =>
      socket.write(`GET http://127.0.0.1/img/small${THUMBNAIL} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`),
    );
    socket.once('data', (bytes) => answer.resolve(bytes.toString()));
    expect(await answer.promise).to.match(/^HTTP\/1\.1 200 /);
    socket.destroy();
  });

  it('takes signatures of the address without the path', async () => {
    const signed = (method: string, parameters: Record<string, string>) => {
      const query = signedParameters(parameters, { id: 'k1', key: KEY, method, expires: 4_000_000_000 });
      return get(`/thumbnail?${new URLSearchParams(query).toString()}`, { method });
    };
    expect((await signed('GET', { url: SOURCE, width: '77' })).status).to.equal(200);
    expect((await signed('DELETE', { url: SOURCE })).status).to.equal(204);
  });

  it('points nowhere else from its pages and its document', async () => {
    const pages = [
      await get('/'),
      await postForm(`${app.url}/img/small/`, FORM),
      await postForm(`${app.url}/img/small/`, { ...FORM, sample: 'lake.jpg' }),
      await get('/nothing', HTML),
      await fetch(app.url, HTML),
    ];
    for (const page of pages) {
      const html = await page.text();
      const links = [...html.matchAll(/(?:href|src|action)="(\/[^"]*)"/g)].map(([, link]) => link!);
      expect(links).to.have.length.above(3);
      for (const link of links) expect(link).to.match(/^\/img\/small\//);
      const addresses = [...html.matchAll(/http:\/\/127\.0\.0\.1:\d+(\/[^\s"'&?]*)/g)].map(
        ([, path]) => path!,
      );
      for (const path of addresses) expect(path).to.match(/^\/img\/small\//);
    }
    const document = (await (await get('/openapi.json')).json()) as { servers: unknown };
    expect(document.servers).to.deep.equal([{ url: '/img/small' }]);
  });

  it('logs the routes without it', async () => {
    await get(`${THUMBNAIL}&format=png`);
    expect(app.log.at(-1)).to.include({ route: '/thumbnail', status: 200 });
    await get('/openapi.json');
    expect(app.log.at(-1)).to.include({ route: '/openapi.json' });
  });
});

describe('a service without a form', () => {
  for (const site of [{ form: 'off' }, { signatures: 'required' }] as const) {
    const status = 'form' in site ? 404 : 403;
    it(`has a short page instead, and takes no form (${JSON.stringify(site)})`, async () => {
      await using app = await startApp(harness(), { site });
      const page = await fetch(`${app.url}/?image_url=x&thumbnail_size=64`);
      const html = await page.text();
      expect(page.status).to.equal(200);
      expect(html).to.not.match(/<form|<input|Back to the form/);
      expect(html).to.include('<a class="button" href="/docs">API reference</a>');
      const posted = await postForm(app.url, FORM);
      expect(posted.status).to.equal(status);
      expect(await posted.text()).to.not.match(/<form|Back to the form/);
      const multipart = await fetch(app.url, { method: 'POST', body: formData(FORM) });
      expect(multipart.status).to.equal(status);
      expect((await fetch(app.url + THUMBNAIL)).status).to.equal(200);
      expect((await fetch(`${app.url}/thumbnail?size=64`, UPLOAD)).status).to.equal(200);
    });
  }

  it('does not offer the form where another method is tried, nor in its document', async () => {
    await using app = await startApp(harness(), { site: { form: 'off' } });
    const put = await fetch(app.url, { method: 'PUT' });
    expect([put.status, put.headers.get('allow')]).to.deep.equal([405, 'GET, HEAD']);
    const document = (await (await fetch(`${app.url}/openapi.json`)).json()) as Paths;
    expect(document.paths['/']).to.have.all.keys('get', 'head');
  });
});

describe('a service without uploads', () => {
  let app: TestApp;

  before(async () => {
    app = await startApp(harness(), { site: { uploads: false } });
  });
  after(() => app[Symbol.asyncDispose]());

  it('answers 404 to each way of sending an image', async () => {
    for (const [path, init] of [
      ['/thumbnail?size=64', UPLOAD],
      ['/thumbnail?size=64', { method: 'POST', body: formData({}, '<svg>image') }],
      ['/', { method: 'POST', body: formData(FORM, '<svg>image') }],
      ['/', { method: 'POST', body: formData(FORM, 'x'.repeat(100_000)) }],
    ] as const) {
      const answer = await fetch(app.url + path, init);
      expect(answer.status, path).to.equal(404);
    }
  });

  it('still makes thumbnails of addresses and samples, by the form too', async () => {
    expect((await fetch(app.url + THUMBNAIL)).status).to.equal(200);
    expect((await postForm(app.url, FORM)).status).to.equal(200);
    expect((await fetch(app.url, { method: 'POST', body: formData(FORM) })).status).to.equal(200);
    expect((await postForm(app.url, { ...FORM, sample: 'lake.jpg' })).status).to.equal(200);
  });

  it('says nothing of uploads on its pages and in its document', async () => {
    const pages = [
      await fetch(app.url),
      await postForm(app.url, FORM),
      await postForm(app.url, { ...FORM, sample: 'lake.jpg' }),
      await postForm(app.url, { ...FORM, image_url: '' }),
    ];
    for (const page of pages)
      expect(await page.text()).to.not.match(/upload|type="file"|multipart|data-binary/i);
    const document = (await (await fetch(`${app.url}/openapi.json`)).json()) as Paths;
    expect(document.paths['/thumbnail']).to.not.have.property('post');
    expect(JSON.stringify(document.paths['/'])).to.not.include('contentMediaType');
    const put = await fetch(`${app.url}/thumbnail`, { method: 'PUT' });
    expect(put.headers.get('allow')).to.equal('GET, HEAD, DELETE');
  });
});

describe('a host that is not allowed', () => {
  it('is told the cure by name, on a page that has its style', async () => {
    await using app = await startApp(harness());
    const page = await requestTo(app.url, '/', { Host: 'nas.local:8001', Accept: 'text/html' });
    const html = await page.text();
    expect(page.status).to.equal(421);
    expect(html).to.include('<code>ALLOWED_HOSTS=localhost,nas.local</code>');
    expect(html).to.not.match(/Back to the form/);
    const [, stylesheet = ''] = /rel="stylesheet" href="([^"]+)"/.exec(html) ?? [];
    const [, icon = ''] = /rel="icon" href="([^"]+)"/.exec(html) ?? [];
    for (const path of [stylesheet, icon])
      expect((await requestTo(app.url, path, { Host: 'nas.local:8001' })).status, path).to.equal(200);
  });

  it('is not repeated where it is no name', async () => {
    await using app = await startApp(harness());
    for (const host of ['evil"><script>', 'a'.repeat(200)]) {
      const page = await requestTo(app.url, '/', { Host: host });
      expect(await page.text())
        .to.include('add this name to ALLOWED_HOSTS')
        .and.not.include(host);
    }
  });
});

describe('the headers of a thumbnail', () => {
  it('weigh less than 760 bytes, made and hit', async () => {
    await using app = await startApp(harness());
    for (const status of ['fwd=uri-miss', 'hit']) {
      const { headers } = await fetch(app.url + THUMBNAIL, {
        headers: { Accept: 'image/webp' },
      });
      const lines = [...headers].map(([name, value]) => `${name}: ${value}\r\n`);
      expect(headers.get('cache-status')).to.include(status);
      const head = `HTTP/1.1 200 OK\r\n${lines.join('')}\r\n`;
      expect(Buffer.byteLength(head), head).to.be.within(400, 759);
    }
  });
});

function formData(fields: Record<string, string>, image?: string): FormData {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  if (image !== undefined) form.set('image', new Blob([image]), 'a.png');
  return form;
}

interface Paths {
  readonly paths: Readonly<Record<string, object>>;
}
