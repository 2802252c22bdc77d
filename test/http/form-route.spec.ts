import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { CorruptImageError, SourceNotFoundError } from '../../src/domain/errors/index.ts';
import { type TestApp, postForm, startApp } from '../support/app.ts';
import { type Harness, harness } from '../support/service.ts';

const SOURCE = 'http://images.example/a.png';

describe('the form', () => {
  let app: TestApp;
  let fakes: Harness;

  beforeEach(async () => {
    fakes = harness();
    app = await startApp(fakes);
  });
  afterEach(() => app[Symbol.asyncDispose]());

  const post = (fields: Record<string, string>, headers = {}) => postForm(app.url, fields, headers);
  const valid = { image_url: SOURCE, thumbnail_size: '64' };

  it('is there, with its fields and its style', async () => {
    const response = await fetch(app.url);
    const html = await response.text();
    expect(response.status).to.equal(200);
    expect(response.headers.get('content-type')).to.equal('text/html; charset=utf-8');
    expect(html).to.include('id="id_image_url"').and.include('id="id_thumbnail_size"');
    const stylesheet = /href="(\/style\.css\?v=[\w-]+)"/.exec(html)![1]!;
    const style = await fetch(app.url + stylesheet);
    expect(style.status).to.equal(200);
    expect(style.headers.get('content-type')).to.equal('text/css; charset=utf-8');
    expect(style.headers.get('cache-control')).to.include('immutable');
    const unversioned = await fetch(`${app.url}/style.css`, {
      headers: { 'If-None-Match': style.headers.get('etag')! },
    });
    expect(unversioned.status).to.equal(304);
    expect(unversioned.headers.get('cache-control')).to.not.include('immutable');
  });

  it('answers with the result page', async () => {
    const response = await post(valid, { Accept: 'text/html,image/webp,*/*;q=0.8' });
    const html = await response.text();
    expect(response.status).to.equal(200);
    const data = Buffer.from('source 64 inside webp').toString('base64');
    expect(html).to.include(`src="data:image/webp;base64,${data}"`);
    expect(html).to.match(/id="cache-status"[^>]*>\s*miss\s*</);
    expect(html).to.match(/id="server-name"[^>]*>\s*test-server\s*</);
    expect(html).to.match(/id="original-size"[^>]*>\s*400×300\s*</);
    expect(html).to.match(/id="processing-time"[^>]*>\s*\d+\s*</);
    expect(await (await post(valid, { Accept: 'image/webp' })).text()).to.match(
      /id="cache-status"[^>]*>\s*hit\s*</,
    );
    expect(app.log.at(-1)).to.include({ route: '/', cache: 'hit', sourceHost: 'images.example' });
  });

  it('comes again after a fault, with its status, its sentence and what was entered', async () => {
    fakes.fetcher.answer = () => Promise.reject(new SourceNotFoundError(404));
    const response = await post(valid);
    const html = await response.text();
    expect(response.status).to.equal(404);
    expect(html).to.match(/id="error"[^>]*role="alert"[^>]*>\s*(<[^>]+>\s*)*Can&#39;t open image URL/);
    expect(html).to.include(new SourceNotFoundError(404).message);
    expect(html)
      .to.include(`value="${SOURCE}"`)
      .and.match(/<option value="64" selected/);
    expect(app.log.at(-1)).to.include({ status: 404, code: 'source-not-found' });
  });

  it('says what is wrong with the content', async () => {
    fakes.resizer.answer = () => Promise.reject(new CorruptImageError());
    const response = await post(valid);
    expect(response.status).to.equal(422);
    expect(await response.text()).to.include('Can&#39;t process input image');
  });

  for (const [what, fields] of Object.entries<Record<string, string>>({
    'no address': { image_url: '', thumbnail_size: '64' },
    'no field at all': {},
    'an address that is none': { image_url: 'not a url', thumbnail_size: '64' },
    'a script': { image_url: 'javascript:alert(1)', thumbnail_size: '64' },
    'a size that is not offered': { image_url: SOURCE, thumbnail_size: '65' },
    'an unknown field': { image_url: SOURCE, thumbnail_size: '64', extra: '1' },
  })) {
    it(`refuses ${what} with 400, on the form`, async () => {
      const response = await post(fields);
      const html = await response.text();
      expect(response.status).to.equal(400);
      expect(html).to.include('id="error"').and.include('id="id_image_url"');
      expect(fakes.fetcher.fetched).to.be.empty;
    });
  }

  it('refuses repeated fields', async () => {
    const body = new URLSearchParams([...Object.entries(valid), ['image_url', 'http://images.example/b']]);
    expect((await fetch(app.url, { method: 'POST', body })).status).to.equal(400);
  });

  it('shows hostile text as text', async () => {
    const hostile = '"><script>alert(1)</script>{{7*7}}';
    const html = await (await post({ image_url: hostile, thumbnail_size: '64' })).text();
    expect(html).to.include('&lt;script&gt;alert(1)&lt;/script&gt;{{7*7}}').and.not.include('<script>');
  });

  it('refuses bodies that are too large, of another type, compressed wrongly, or cut', async () => {
    const large = await post({ ...valid, image_url: `http://images.example/${'a'.repeat(9000)}` });
    expect(large.status).to.equal(413);
    const json = await fetch(app.url, {
      method: 'POST',
      body: JSON.stringify(valid),
      headers: { 'Content-Type': 'application/json' },
    });
    expect(json.status).to.equal(415);
    const multipart = new FormData();
    multipart.set('image_url', SOURCE);
    expect((await fetch(app.url, { method: 'POST', body: multipart })).status).to.equal(415);
    expect((await fetch(app.url, { method: 'POST' })).status).to.equal(415);
    expect((await post(valid, { 'Content-Encoding': 'gzip' })).status).to.equal(400);
    expect((await post(valid, { 'Content-Encoding': 'br2' })).status).to.equal(415);
    expect((await post(valid)).status).to.equal(200);
  });

  it('reaches one who is still sending with its answer, and closes the connection behind a body that has no end', async () => {
    const port = Number(new URL(app.url).port);
    const head = 'POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: text/plain\r\n';
    const small = connect(port, '127.0.0.1');
    small.write(`${head}Content-Length: 200000\r\n\r\n`);
    const answered = once(small, 'data');
    for (let sent = 0; sent < 200_000; sent += 20_000) {
      small.write(Buffer.alloc(20_000));
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    const [first] = (await answered) as [Buffer];
    expect(first.toString()).to.include('HTTP/1.1 415').and.not.include('Connection: close');
    small.destroy();

    const endless = connect(port, '127.0.0.1').on('error', () => undefined);
    endless.write(`${head}Content-Length: 900000000\r\n\r\n`);
    const sending = setInterval(() => endless.write(Buffer.alloc(100_000)), 5);
    const received = text(endless).catch(() => '');
    await once(endless, 'close');
    clearInterval(sending);
    expect(await received)
      .to.include('HTTP/1.1 415')
      .and.include('Connection: close');
  });

  it('shows a page of its own for a defect, with the id of the request', async () => {
    fakes.fetcher.answer = () => Promise.reject(new Error('defect'));
    const response = await post(valid);
    expect(response.status).to.equal(500);
    expect(await response.text())
      .to.include(response.headers.get('x-request-id')!)
      .and.not.include('defect');
  });
});
