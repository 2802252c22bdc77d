import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { CorruptImageError, SourceNotFoundError } from '../../../src/domain/errors/index.ts';
import { type TestApp, postForm, startApp } from '../../support/app.ts';
import { until } from '../../support/metrics.ts';
import { rejection } from '../../support/rejection.ts';
import { type Harness, harness } from '../../support/service.ts';
import { MULTIPART, multipartOf } from '../../support/uploads.ts';

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

  it('tells forms apart, wherever what was sent ends and what the browser takes begins', async () => {
    const send = (body: string, accept: string) =>
      fetch(app.url, {
        method: 'POST',
        headers: { 'Content-Type': 'application/x-www-form-urlencoded', Accept: accept },
        body,
      });
    const fields = `thumbnail_size=64&image_url=${SOURCE}`;
    await send(`${fields} image/avif,`, 'image/webp, */*');
    await send(`${fields} image/avif,image/webp,`, '*/*');
    fakes.fetcher.fetched.length = 0;
    await send(fields, 'image/avif,image/webp, */*');
    await send(`${fields}\nimage/webp`, '*/*');
    await send(fields, 'image/avif, image/webp, */*');
    expect(fakes.fetcher.fetched[0]).to.equal(SOURCE);
    expect(await (await send(fields, 'image/avif,image/webp, */*')).text()).to.include(`href="${SOURCE}"`);
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

  it('shows a hit to each as they asked for it, and what is there now', async () => {
    const shown = async (fields: Record<string, string>, url = app.url) => {
      const html = await (await postForm(url, fields, { Accept: 'image/webp' })).text();
      const [, picture] = /id="thumbnail" src="data:image\/webp;base64,([^"]*)"/.exec(html)!;
      return { html, picture: Buffer.from(picture!, 'base64').toString() };
    };
    const fields = { ...valid, image_url: `${SOURCE}?1` };
    await shown(fields);
    const first = await shown(fields);
    expect((await shown(fields)).picture)
      .to.equal(first.picture)
      .and.equal('source 64 inside webp');
    const address = `${app.url}/thumbnail?url=http%3A%2F%2Fimages.example%2Fa.png%3F1&amp;size=64`;
    expect(first.html).to.include(address);
    const elsewhere = app.url.replace('127.0.0.1', 'localhost');
    expect((await shown(fields, elsewhere)).html)
      .to.include(address.replace('127.0.0.1', 'localhost'))
      .and.not.include('127.0.0.1');
    const covered = { ...fields, fit: 'cover' };
    await shown(covered);
    expect((await shown(covered)).picture).to.equal('source 64 cover webp');
    // The same thumbnail, byte for byte, of another address.
    const other = { ...fields, image_url: `${SOURCE}?2` };
    await shown(other);
    expect((await shown(other)).html)
      .to.include('a.png?2')
      .and.not.include('a.png?1');
  });

  it('takes a preset in place of the size in the list, for which one is always chosen', async () => {
    const presets = new Map([
      ['wide', { width: '320' }],
      ['square', { fit: 'cover' }],
    ]);
    const offering = harness({ requests: { presets } });
    await using service = await startApp(offering, { presets });
    const wide = await (await postForm(service.url, { ...valid, preset: 'wide' })).text();
    expect(wide).to.match(/id="thumbnail-size"[^>]*>\s*320\s*</);
    expect(wide).to.include('/thumbnail?url=http%3A%2F%2Fimages.example%2Fa.png&amp;preset=wide"');
    const square = await (await postForm(service.url, { ...valid, preset: 'square' })).text();
    expect(square).to.match(/id="thumbnail-size"[^>]*>\s*64\s*</);
    const none = await postForm(service.url, { ...valid, preset: '' });
    expect(none.status).to.equal(200);
    const unknown = await postForm(service.url, { ...valid, preset: 'tall' });
    expect(unknown.status).to.equal(400);
    expect(await unknown.text()).to.include('There is no such preset. Choose wide or square.');
  });

  it('answers an address with the result, as a form that was sent, whatever else the address says', async () => {
    const address = `${app.url}/?image_url=http%3A%2F%2Fimages.example%2Fa.png&thumbnail_size=64&utm_source=letter`;
    const headers = { Accept: 'text/html,image/webp,*/*;q=0.8' };
    const shown = await fetch(address, { headers });
    const html = await shown.text();
    expect(shown.status).to.equal(200);
    expect(shown.headers.get('cache-control')).to.equal('no-store');
    const data = Buffer.from('source 64 inside webp').toString('base64');
    expect(html).to.include(`src="data:image/webp;base64,${data}"`);
    const posted = await (await post(valid, headers)).text();
    const unlike =
      /(<span id="processing-time">\d+|class="badge.*<\/span>|<dd class="aside">(served|made).*|<svg class="bar"[^]*?<\/dl>)/g;
    expect(html.replaceAll(unlike, '').replaceAll(/\s+/g, ' ')).to.equal(
      posted.replaceAll(unlike, '').replaceAll(/\s+/g, ' '),
    );
    expect(app.log.at(-1)).to.include({ method: 'POST', cache: 'hit' });
    for (const fields of ['sample=lake.jpg', 'image_url=&sample=lake.jpg']) {
      const sample = await fetch(`${app.url}/?${fields}&thumbnail_size=64`);
      expect(await sample.text(), fields).to.include('id="original-size"');
    }
  });

  it('shows the form to an address without an image, filled in as that says, and to one that fails', async () => {
    const empty = await fetch(`${app.url}/?thumbnail_size=64&fit=cover&image_url=&nothing=1`);
    const html = await empty.text();
    expect(empty.status).to.equal(200);
    expect(html).to.include('<option value="64" selected>').and.include('<option value="cover" selected>');
    expect(html).to.not.include('role="alert"');
    expect(fakes.fetcher.fetched).to.deep.equal([]);
    fakes.fetcher.answer = () => Promise.reject(new SourceNotFoundError(404));
    const failed = await fetch(`${app.url}/?image_url=http%3A%2F%2Fimages.example%2Fb.png&thumbnail_size=64`);
    expect(failed.status).to.equal(404);
    expect(await failed.text())
      .to.include('value="http://images.example/b.png"')
      .and.include('id="error"');
    const unsized = await fetch(`${app.url}/?image_url=http%3A%2F%2Fimages.example%2Fb.png`);
    expect(unsized.status).to.equal(400);
  });

  it('takes a width or a height in place of the size, a fit and a format', async () => {
    const html = await (
      await post({ ...valid, width: '128', height: '256', fit: 'cover', format: 'png' })
    ).text();
    const data = Buffer.from('source 256 cover png').toString('base64');
    expect(html).to.include(`src="data:image/png;base64,${data}"`);
    expect(html).to.match(/id="thumbnail-size"[^>]*>\s*256\s*</);
    const asAtFirst = { ...valid, width: '', height: '', fit: 'inside', format: 'auto', preset: '' };
    expect(await (await post(asAtFirst)).text()).to.include(
      '/thumbnail?url=http%3A%2F%2Fimages.example%2Fa.png&amp;size=64"',
    );
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
    const large = await post({ ...valid, image_url: `http://images.example/${'a'.repeat(33_000)}` });
    expect(large.status).to.equal(413);
    const json = await fetch(app.url, {
      method: 'POST',
      body: JSON.stringify(valid),
      headers: { 'Content-Type': 'application/json' },
    });
    expect(json.status).to.equal(415);
    expect((await fetch(app.url, { method: 'POST' })).status).to.equal(415);
    expect((await post(valid, { 'Content-Encoding': 'gzip' })).status).to.equal(400);
    expect((await post(valid, { 'Content-Encoding': 'br2' })).status).to.equal(415);
    expect((await post(valid)).status).to.equal(200);
  });

  describe('with a file', () => {
    type Part = readonly [name: string, value: string | Blob, fileName?: string];
    const send = async (parts: readonly Part[], signal?: AbortSignal) => {
      const body = new FormData();
      for (const [name, value, fileName] of parts) {
        if (typeof value === 'string') body.append(name, value);
        else body.append(name, value, fileName ?? 'photo.jpg');
      }
      const headers = { Accept: 'image/webp' };
      const response = await fetch(app.url, { method: 'POST', body, headers, ...(signal && { signal }) });
      return { status: response.status, html: await response.text() };
    };
    const image: Part = ['image', new Blob(['<svg>picture'], { type: 'image/jpeg' })];
    const size: Part = ['thumbnail_size', '64'];
    const data = Buffer.from('picture 64 inside webp').toString('base64');

    it('answers with the result page, and knows the file again', async () => {
      const first = await send([size, image]);
      expect(first.status).to.equal(200);
      expect(first.html).to.include(`src="data:image/webp;base64,${data}"`).and.include('photo.jpg');
      expect(first.html).to.match(/id="cache-status"[^>]*>\s*miss\s*</);
      expect((await send([size, image])).html).to.match(/id="cache-status"[^>]*>\s*hit\s*</);
      expect(app.log.at(-1)).to.include({ route: '/', status: 200, cache: 'hit' });
      expect(app.log.at(-1)).to.not.have.property('sourceHost');
    });

    it('keeps it whole for those who wait for the same, though its own sender has left', async () => {
      const [begun, goOn] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
      const resize = fakes.resizer.resize.bind(fakes.resizer);
      fakes.resizer.resize = async (file, spec) => {
        begun.resolve(undefined);
        await goOn.promise;
        return resize(file, spec);
      };
      const leaving = new AbortController();
      const left = rejection(send([size, image], leaving.signal));
      await begun.promise;
      const lookUp = fakes.cache.get.bind(fakes.cache);
      let lookUps = 0;
      fakes.cache.get = (key) => {
        lookUps += 1;
        return lookUp(key);
      };
      const other = send([size, image]);
      await until(() => lookUps > 0);
      leaving.abort();
      await left;
      await until(() => app.log.some(({ status }) => status === 499));
      goOn.resolve(undefined);
      expect((await other).html).to.include(`src="data:image/webp;base64,${data}"`);
    });

    it('prefers it to an address, wherever it stands', async () => {
      for (const parts of [
        [['image_url', SOURCE], size, image],
        [image, size, ['image_url', 'nonsense']],
      ] as Part[][]) {
        const { status, html } = await send(parts);
        expect(status).to.equal(200);
        expect(html).to.include(data);
      }
      expect(fakes.fetcher.fetched).to.be.empty;
    });

    it('goes by the address where no file was chosen', async () => {
      const body = multipartOf([
        ['Content-Disposition: form-data; name="image_url"', SOURCE],
        ['Content-Disposition: form-data; name="thumbnail_size"', '64'],
        [
          'Content-Disposition: form-data; name="image"; filename=""\r\nContent-Type: application/octet-stream',
          '',
        ],
      ]);
      const response = await fetch(app.url, { method: 'POST', body, headers: MULTIPART });
      expect(response.status).to.equal(200);
      expect(fakes.fetcher.fetched).to.deep.equal([SOURCE]);
    });

    it('shows a name that is meant to do something else as a name', async () => {
      for (const [fileName, shown] of [
        ['../../etc/passwd', 'passwd'],
        ['C:\\fakepath\\photo.jpg', 'photo.jpg'],
        ['<img src=x onerror=alert(1)>.png', '&lt;img src=x onerror=alert(1)&gt;.png'],
        ['{{7*7}}.png', '{{7*7}}.png'],
        ['a\u202egnp.exe', 'agnp.exe'],
        ['a\u0000\u0007b.png', 'ab.png'],
      ] as const) {
        const { status, html } = await send([size, ['image', new Blob(['<svg>picture']), fileName]]);
        expect(status, fileName).to.equal(200);
        expect(html, fileName).to.include(shown).and.not.include('<img src=x').and.not.include('etc/passwd');
      }
      const { html } = await send([size, ['image', new Blob(['<svg>picture']), `${'x'.repeat(300)}.png`]]);
      expect(html).to.not.include('x'.repeat(256));
    });

    const faults: Record<string, [status: number, field: string, parts: Part[]]> = {
      'two files': [400, 'id_image', [size, image, image]],
      'an empty file': [400, 'id_image', [size, ['image', new Blob([])]]],
      'a file in place of an address': [400, 'id_image', [size, ['image_url', new Blob(['x'])]]],
      'text in place of a file': [400, 'id_image', [size, ['image', '<svg>picture']]],
      'no size': [400, 'id_thumbnail_size', [image]],
      'a size that is not offered': [400, 'id_thumbnail_size', [image, ['thumbnail_size', '65']]],
      'two sizes': [400, '', [image, size, size]],
      'an unknown field': [400, '', [image, size, ['extra', '1']]],
      'many fields': [400, '', [image, size, ...Array.from({ length: 10 }, (): Part => ['image_url', ''])]],
      'a long field': [413, 'id_image', [image, size, ['image_url', 'x'.repeat(33_000)]]],
      'neither file nor address': [400, 'id_image_url', [size]],
      'a large file': [413, 'id_image', [size, ['image', new Blob([new Uint8Array(1024 * 1024 + 1)])]]],
    };
    for (const [what, [status, field, parts]] of Object.entries(faults)) {
      it(`refuses ${what}, beside the field`, async () => {
        const answer = await send(parts);
        expect(answer.status).to.equal(status);
        expect(answer.html).to.include('id="error"').and.include('id="id_image_url"');
        const [, marked = ''] = /id="(\w+)"[^>]*aria-invalid="true"/.exec(answer.html) ?? [];
        expect(marked).to.equal(field);
        expect(fakes.resizer.resized).to.equal(0);
      });
    }

    it('says beside the file what is wrong with its content, and keeps what was entered', async () => {
      fakes.resizer.answer = () => Promise.reject(new CorruptImageError());
      const { status, html } = await send([['thumbnail_size', '256'], ['image_url', SOURCE], image]);
      expect(status).to.equal(422);
      expect(html).to.include('Can&#39;t process input image').and.include(`value="${SOURCE}"`);
      expect(html).to.match(/id="id_image"[^>]*aria-invalid="true"/);
      expect(html).to.match(/<option value="256" selected/);
      expect(fakes.cache.kept.map(({ kind }) => kind)).to.deep.equal(['failure']);
    });
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
