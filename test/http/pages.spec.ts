import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import sharp from 'sharp';
import { type ErrorView, type FormView, Pages, type ResultView } from '../../src/http/pages.ts';
import { postForm, startApp } from '../support/app.ts';
import { plain } from '../support/images.ts';
import { requestTo } from '../support/request-to.ts';
import { harness } from '../support/service.ts';

const FORM: FormView = { sizes: [64, 128, 256], imageUrl: '', size: 128 };
const FAULT = { title: "Can't open image URL", detail: 'Nothing is there.', code: 'source-not-found' };
const IMAGE_URL = 'https://example.org/pictures/Red%20fox.jpg?width=9&height=8';
const RESULT: ResultView = {
  origin: 'https://thumbs.example:8443',
  sizes: [64, 128, 256],
  source: { kind: 'url', href: IMAGE_URL },
  size: 256,
  original: { width: 2725, height: 2225, bytes: 1_353_211, format: 'jpeg' },
  thumbnail: { width: 256, height: 209, bytes: 8192, format: 'webp', dataUri: 'data:image/webp;base64,AAAA' },
  processingTimeMs: 527,
  serverName: 'server-1',
  cacheStatus: 'miss',
  timings: { cacheMs: 1.34, fetchMs: 431.2, resizeMs: 87.7 },
};
const UPLOAD: ResultView = { ...RESULT, source: { kind: 'upload', name: 'Red fox.jpg' } };
const SAMPLE: ResultView = {
  ...RESULT,
  source: { kind: 'sample', name: 'lake.jpg', href: 'https://thumbs.example:8443/samples/lake.jpg' },
};
const ERROR: ErrorView = {
  status: 421,
  title: 'Wrong host',
  detail: 'This service does not answer to that name.',
  code: 'host-not-allowed',
  requestId: 'request-1',
};

describe('Pages', () => {
  const pages = new Pages({
    stylesheetHref: '/style.css?v=1',
    scriptHref: '/app.js?v=1',
    faviconHref: '/favicon.svg?v=1',
    samples: [
      { name: 'lake.jpg', label: 'Lake', example: 'JPEG', previewHref: '/samples/lake-preview.webp?v=1' },
      { name: 'waves.gif', label: 'Waves', example: 'GIF', previewHref: '/samples/waves-preview.webp?v=1' },
    ],
  });
  const states: Record<string, string> = {
    form: pages.form(FORM),
    'form with a fault of the address': pages.form({ ...FORM, error: { ...FAULT, field: 'url' } }),
    'form with a fault of the size': pages.form({ ...FORM, error: { ...FAULT, field: 'size' } }),
    'form with a fault of the file': pages.form({ ...FORM, error: { ...FAULT, field: 'image' } }),
    'form with a fault of no field': pages.form({ ...FORM, error: FAULT }),
    'result, miss': pages.result(RESULT),
    'result, hit': pages.result({ ...RESULT, cacheStatus: 'hit', timings: { cacheMs: 0.4 } }),
    'result, stale': pages.result({ ...RESULT, cacheStatus: 'stale', timings: { cacheMs: 0 } }),
    'result of a small thumbnail': pages.result(sized(64, 52)),
    'result, with the size of the original unknown': pages.result(ofUnknownSize(RESULT)),
    'result of an upload': pages.result(UPLOAD),
    'result of a sample': pages.result(SAMPLE),
    error: pages.error(ERROR),
  };

  for (const [state, html] of Object.entries(states)) {
    describe(state, () => {
      it('is a page with a language, a title of its own and one main landmark', () => {
        expect(html.startsWith('<!doctype html>')).to.equal(true);
        expect(only(html, 'html').attributes.get('lang')).to.equal('en');
        expect(only(html, 'title').text).to.match(/^\S.+ · Thumbnailer$/);
        for (const landmark of ['header', 'main', 'footer', 'h1', 'h2']) only(html, landmark);
      });

      it('goes down the headings without leaving out a level', () => {
        const levels = elements(html).flatMap(({ name }) => (/^h[1-6]$/.test(name) ? [Number(name[1])] : []));
        expect(levels.every((level, index) => level <= (levels[index - 1] ?? 0) + 1)).to.equal(true);
      });

      it('has every id once, and points only at ids that it has', () => {
        const ids = elements(html).flatMap(({ attributes }) => attributes.get('id') ?? []);
        expect(new Set(ids).size).to.equal(ids.length);
        for (const { attributes } of elements(html)) {
          const targets = ['for', 'aria-describedby', 'aria-labelledby'].flatMap(
            (name) => attributes.get(name)?.split(' ') ?? [],
          );
          expect(ids).to.include.members(targets);
        }
      });

      it('has no inline script or style, and loads nothing from another host', () => {
        expect(Object.fromEntries(only(html, 'script').attributes)).to.deep.equal({
          src: '/app.js?v=1',
          type: 'module',
        });
        for (const { name, attributes } of elements(html)) {
          expect(name).not.to.be.oneOf(['style', 'iframe', 'object', 'base']);
          for (const attribute of attributes.keys()) expect(attribute).not.to.match(/^(on.*|style)$/);
          if (name === 'link') expect(attributes.get('href')).to.match(/^\/[^/]/);
          if (name === 'img') expect(attributes.get('src')).to.match(/^(data:image\/|\/samples\/)/);
          if (name === 'a' && !attributes.has('hidden'))
            expect(attributes.get('href')).to.match(/^(https?:\/\/|\/)/);
        }
        expect(html).to.include('href="/style.css?v=1"').and.to.include('href="/favicon.svg?v=1"');
      });

      it('weighs less than 30 kB without the thumbnail', () => {
        expect(Buffer.byteLength(html.replace(RESULT.thumbnail.dataUri, ''))).to.be.below(30_000);
      });
    });
  }

  describe('the form', () => {
    it('posts the address or the file, and the size, to /', () => {
      const html = pages.form(FORM);
      expect(Object.fromEntries(only(html, 'form').attributes)).to.include({
        method: 'post',
        action: '/',
        enctype: 'multipart/form-data',
      });
      expect(labelOf(html, 'id_image_url')).to.equal('Image URL');
      expect(labelOf(html, 'id_thumbnail_size')).to.equal('Thumbnail size (largest dim.)');
      const url = byId(html, 'id_image_url').attributes;
      expect(Object.fromEntries(url)).to.include({ name: 'image_url', type: 'url', value: '' });
      expect(url.has('required'), 'a file may come in its place').to.equal(false);
      expect(labelOf(html, 'id_image')).to.equal('or upload an image');
      expect(Object.fromEntries(byId(html, 'id_image').attributes)).to.include({
        name: 'image',
        type: 'file',
      });
      expect(byId(html, 'id_thumbnail_size').attributes.get('name')).to.equal('thumbnail_size');
      const submit = elements(html).filter(({ attributes }) => attributes.get('type') === 'submit');
      expect(submit.map(({ attributes }) => attributes.get('value'))).to.deep.equal(['Thumbnail it!']);
      expect(html).not.to.include('id="error"').and.not.to.include('aria-invalid');
    });

    it('offers the samples, behind its own button, whatever stands in the fields', () => {
      const buttons = elements(pages.form(FORM)).filter(
        ({ attributes }) => attributes.get('name') === 'sample',
      );
      expect(buttons.map(({ attributes }) => attributes.get('value'))).to.deep.equal([
        'lake.jpg',
        'waves.gif',
      ]);
      for (const { attributes } of buttons) {
        expect(attributes.get('form')).to.equal('ask');
        expect(attributes.has('formnovalidate')).to.equal(true);
      }
      // The first button of a form is the one that Enter presses.
      const [first] = elements(pages.form(FORM)).filter(
        ({ name, attributes }) =>
          attributes.get('type') === 'submit' || (name === 'button' && !attributes.has('type')),
      );
      expect(first?.attributes.get('value')).to.equal('Thumbnail it!');
    });

    it('offers the sizes that are configured, the chosen one selected', () => {
      const options = elements(pages.form({ ...FORM, sizes: [32, 640], size: 640 })).filter(
        ({ name }) => name === 'option',
      );
      expect(options.map(({ text }) => text)).to.deep.equal(['32', '640']);
      expect(options.map(({ attributes }) => attributes.get('value'))).to.deep.equal(['32', '640']);
      expect(options.map(({ attributes }) => attributes.has('selected'))).to.deep.equal([false, true]);
    });

    it('keeps what was entered after a fault, and says first what went wrong, then what to do', () => {
      const html = pages.form({ ...FORM, imageUrl: 'htp:/oops & "so"', size: 256, error: FAULT });
      expect(byId(html, 'id_image_url').attributes.get('value')).to.equal('htp:/oops & "so"');
      expect(/<option[^>]* selected>(\d+)/.exec(html)?.[1]).to.equal('256');
      expect(byId(html, 'error').attributes.get('role')).to.equal('alert');
      const [, alert = ''] = /<div id="error"[^>]*>(.*?)<\/div>/s.exec(html) ?? [];
      expect(textOf(alert)).to.match(/^Can't open image URL\s+Nothing is there\.\s*$/);
      expect(only(html, 'title').text).to.equal("Can't open image URL · Thumbnailer");
    });

    it('moves to a fault that concerns no field', () => {
      const { attributes } = byId(pages.form({ ...FORM, error: FAULT }), 'error');
      expect(attributes.has('autofocus')).to.equal(true);
      expect(attributes.get('tabindex')).to.equal('-1');
    });

    for (const { field, id, other } of [
      { field: 'url', id: 'id_image_url', other: 'id_thumbnail_size' },
      { field: 'size', id: 'id_thumbnail_size', other: 'id_image' },
      { field: 'image', id: 'id_image', other: 'id_image_url' },
    ] as const) {
      it(`marks the field at fault, and says so behind it: ${field}`, () => {
        const html = pages.form({ ...FORM, error: { ...FAULT, field } });
        const ids = elements(html).flatMap(({ attributes }) => attributes.get('id') ?? []);
        const fields = ids.filter((found) => found.startsWith('id_') || found === 'error');
        expect(fields[fields.indexOf('error') - 1]).to.equal(id);
        const marked = byId(html, id).attributes;
        expect(marked.get('aria-invalid')).to.equal('true');
        expect(marked.get('aria-describedby')?.split(' ')).to.include('error');
        expect(marked.has('autofocus')).to.equal(true);
        const unmarked = byId(html, other).attributes;
        expect(unmarked.has('aria-invalid')).to.equal(false);
        expect(unmarked.get('aria-describedby')?.split(' ')).not.to.include('error');
      });
    }
  });

  describe('the result', () => {
    it('shows every figure by its id, without its unit', () => {
      const html = pages.result(RESULT);
      expect(only(html, 'h3').text).to.equal('Thumbnail result');
      expect(byId(html, 'image-url').name).to.equal('a');
      expect(byId(html, 'image-url').attributes.get('href')).to.equal(IMAGE_URL);
      const shown = ['image-url', 'thumbnail-size', 'original-size', 'processing-time', 'server-name'].map(
        (id) => byId(html, id).text,
      );
      expect(shown).to.deep.equal([IMAGE_URL, '256', '2725×2225', '527', 'server-1']);
      expect(byId(html, 'cache-status').text).to.equal('miss');
    });

    it('shows the thumbnail at its own size, named for the image', () => {
      const { name, attributes } = byId(pages.result(RESULT), 'thumbnail');
      expect({ name, ...Object.fromEntries(attributes) }).to.deep.equal({
        name: 'img',
        id: 'thumbnail',
        src: RESULT.thumbnail.dataUri,
        width: '256',
        height: '209',
        alt: 'Thumbnail of Red fox.jpg',
      });
    });

    for (const { width, height, times } of [
      { width: 64, height: 43, times: 4 },
      { width: 20, height: 64, times: 4 },
      { width: 96, height: 10, times: 2 },
      { width: 85, height: 85, times: 3 },
      { width: 1, height: 1, times: 4 },
      { width: 129, height: 90, times: 1 },
      { width: 512, height: 9, times: 1 },
    ]) {
      it(`can be looked at ${times} times as large where it is ${width}×${height}`, () => {
        const html = pages.result(sized(width, height));
        const enlarged = elements(html).filter(({ attributes }) => attributes.get('id') === 'enlarged');
        expect(enlarged.map(({ text }) => text)).to.deep.equal(times === 1 ? [] : [`Enlarged ×${times}`]);
        expect(byId(html, 'thumbnail').attributes.get('class')).to.equal(
          times === 1 ? undefined : `enlarge-${times}`,
        );
      });
    }

    it('leaves out what cannot be known without the number of bytes', () => {
      const html = pages.result(ofUnknownSize(RESULT));
      expect(html).to.include('<dd class="aside">JPEG</dd>').and.to.include('8 KiB WebP');
      expect(html).to.not.include('Saved').and.not.include('undefined');
    });

    it('is saved under the name of the image', () => {
      for (const [view, name] of [
        [RESULT, 'Red fox-256.webp'],
        [UPLOAD, 'Red fox-256.webp'],
        [SAMPLE, 'lake-256.webp'],
        [{ ...RESULT, source: { kind: 'url', href: 'https://example.org/' } }, 'example-256.webp'],
      ] as const) {
        expect(byId(pages.result(view), 'save').attributes.get('download')).to.equal(name);
      }
    });

    it('has the name of an upload, which has no address to link to', () => {
      const html = pages.result(UPLOAD);
      expect(html).to.not.include('id="image-url"').and.not.include('Open it on its own');
      expect(textOf(html)).to.match(/Uploaded file\s+Red fox\.jpg/);
      expect(only(pages.result({ ...RESULT, source: { kind: 'upload', name: '' } }), 'h2')).to.not.equal(
        undefined,
      );
    });

    it('links to a sample', () => {
      const link = byId(pages.result(SAMPLE), 'image-url');
      expect([link.text, link.attributes.get('href')]).to.deep.equal(
        Array(2).fill('https://thumbs.example:8443/samples/lake.jpg'),
      );
    });

    it('leads back to the form', () => {
      const back = elements(pages.result(RESULT)).filter(({ attributes }) => attributes.get('href') === '/');
      expect(back.map(({ text }) => text)).to.deep.equal(["Let's do another one!"]);
    });

    it('says what was saved, and nothing where the thumbnail is not smaller', () => {
      expect(pages.result(RESULT))
        .to.include('99.3%')
        .and.to.include('1.3 MiB JPEG')
        .and.to.include('8 KiB WebP');
      const grown = { ...RESULT, original: { ...RESULT.original, bytes: 8000 } };
      expect(pages.result(grown))
        .to.include('<dd>nothing</dd>')
        .and.not.to.match(/-[\d.]+%/);
    });

    it('never rounds up to having saved everything', () => {
      const huge = { ...RESULT, original: { ...RESULT.original, bytes: 20_000_000 } };
      expect(pages.result({ ...huge, thumbnail: { ...RESULT.thumbnail, bytes: 200 } })).to.include('99.9%');
    });

    it('shows where the time went, in parts that fill the bar', () => {
      const html = pages.result(RESULT);
      expect(legendOf(html)).to.deep.equal({
        'Cache look-up': '1.3 ms',
        Download: '431 ms',
        Resize: '88 ms',
        'Everything else': '7 ms',
      });
      expect(widthsOf(html).reduce((sum, width) => sum + width)).to.equal(100);
    });

    it('shows only the stages that took place', () => {
      const hit = pages.result({ ...RESULT, processingTimeMs: 0, timings: { cacheMs: 0.02 } });
      expect(legendOf(hit)).to.deep.equal({ 'Cache look-up': 'under 0.1 ms' });
      expect(
        widthsOf(pages.result({ ...RESULT, processingTimeMs: 0, timings: { cacheMs: 0 } })),
      ).to.deep.equal([0]);
    });

    it('stays within the bar for one who waited for a part of the stages only', () => {
      const html = pages.result({ ...RESULT, processingTimeMs: 40 });
      expect(widthsOf(html).every((width) => width >= 0)).to.equal(true);
      expect(widthsOf(html).reduce((sum, width) => sum + width)).to.equal(100);
    });

    for (const { imageUrl, name } of [
      { imageUrl: 'http://example.org:8080/', name: 'example.org:8080' },
      { imageUrl: 'https://example.org/album/', name: 'album' },
      { imageUrl: 'https://example.org/100%.png', name: '100%.png' },
      { imageUrl: 'https://example.org/%F0%9F%A6%8A.png', name: '🦊.png' },
      {
        imageUrl: `https://example.org/${'%F0%9F%A6%8A'.repeat(80)}.png`,
        name: `${'🦊'.repeat(40)}…${'🦊'.repeat(12)}.png`,
      },
    ]) {
      it(`calls ${imageUrl.slice(0, 50)} ${name.slice(0, 20)}`, () => {
        expect(only(pages.result(from(imageUrl)), 'bdi').text).to.equal(name);
      });
    }

    for (const imageUrl of [
      'javascript:alert(1)',
      'data:text/html,x',
      'ftp://example.org/a.png',
      '/a.png',
      '',
    ]) {
      it(`refuses to link to "${imageUrl}"`, () => {
        expect(() => pages.result(from(imageUrl))).to.throw(TypeError);
      });
    }
  });

  describe('what there is to copy', () => {
    const query = 'url=https%3A%2F%2Fexample.org%2Fpictures%2FRed%2520fox.jpg%3Fwidth%3D9%26height%3D8';

    it('is the address of the thumbnail, which the page links to by its path', () => {
      const html = pages.result(RESULT);
      expect(snippetsOf(html)['Address of this thumbnail']).to.equal(
        `${RESULT.origin}/thumbnail?${query}&size=256`,
      );
      const link = elements(html).find(({ text }) => text === 'Open it on its own');
      expect(link?.attributes.get('href')).to.equal(`/thumbnail?${query}&size=256`);
    });

    it('is an <img> with a srcset over the sizes that anyone may ask for, by their true widths', () => {
      const [image, ...others] = elements(snippetsOf(pages.result(RESULT))['HTML for a page']!);
      expect(others).to.deep.equal([]);
      const address = `${RESULT.origin}/thumbnail?${query}`;
      const srcset = image!.attributes.get('srcset')!.replaceAll(/\s+/g, ' ');
      expect({ name: image!.name, ...Object.fromEntries(image!.attributes), srcset }).to.deep.equal({
        name: 'img',
        src: `${address}&size=256`,
        srcset: `${address}&size=64 64w, ${address}&size=128 128w, ${address}&size=256 256w`,
        sizes: '256px',
        width: '256',
        height: '209',
        alt: '',
      });
    });

    for (const { width, height, candidates } of [
      { width: 2725, height: 2225, candidates: { 64: 64, 128: 128, 256: 256 } },
      { width: 300, height: 700, candidates: { 64: 27, 128: 55, 256: 110 } },
      { width: 100, height: 90, candidates: { 64: 64, 128: 100 } },
      { width: 128, height: 3, candidates: { 64: 64, 128: 128 } },
      { width: 1, height: 1, candidates: { 64: 1 } },
      { width: 10, height: 5000, candidates: { 256: 1 } },
    ]) {
      it(`gives an original of ${width}×${height} each width once, as it will be`, async () => {
        const html = pages.result({ ...RESULT, original: { ...RESULT.original, width, height } });
        const shown = candidatesOf(snippetsOf(html)['HTML for a page']!);
        expect(Object.fromEntries(shown)).to.deep.equal(candidates);
        for (const [size, shownWidth] of shown) {
          const resized = plain(width, height, [9, 9, 9]).resize(size, size, {
            fit: 'inside',
            withoutEnlargement: true,
          });
          const { info } = await sharp(await resized.png().toBuffer()).toBuffer({ resolveWithObject: true });
          expect(info.width, `size ${size}`).to.equal(shownWidth);
        }
      });
    }

    it('takes the sizes in whatever order the operator wrote them', () => {
      const shown = candidatesOf(
        snippetsOf(pages.result({ ...RESULT, sizes: [256, 32, 64] }))['HTML for a page']!,
      );
      expect(shown.map(([size]) => size)).to.deep.equal([32, 64, 256]);
    });

    for (const hostile of [
      "a'b.png",
      '$(touch x)',
      '`id`',
      'a\\',
      'a!b;c|d',
      '"quoted" & <b>',
      '%27;id;%27',
      '🦊',
    ]) {
      it(`is a curl line that a shell takes as four words: ${hostile}`, () => {
        const imageUrl = `https://example.org/${hostile}`;
        const { 'Command line': command = '', 'HTML for a page': HTML = '' } = snippetsOf(
          pages.result(from(imageUrl)),
        );
        const words = wordsOf(command);
        expect(words.slice(0, 3)).to.deep.equal(['--fail', '--output', 'thumbnail.webp']);
        expect(words).to.have.length(4);
        const parameters = new URL(words[3]!).searchParams;
        expect([...parameters]).to.deep.equal([
          ['url', imageUrl],
          ['size', '256'],
          ['format', 'webp'],
        ]);
        const [image] = elements(HTML);
        expect(new URL(image!.attributes.get('src')!).searchParams.get('url')).to.equal(imageUrl);
        expect([...image!.attributes.keys()]).to.have.length(6);
      });
    }

    for (const name of [
      'photo.jpg',
      "it's here.png",
      '$(id)`id`.jpg',
      '-K x;y"z',
      'a\\',
      'line\nbreak.gif',
    ]) {
      it(`is a curl line that sends an upload as one file: ${JSON.stringify(name)}`, () => {
        const html = pages.result({ ...RESULT, source: { kind: 'upload', name } });
        const { 'Command line': command = '', ...others } = snippetsOf(html);
        expect(others).to.deep.equal({});
        expect(wordsOf(command)).to.deep.equal([
          '--fail',
          '--header',
          'Content-Type: image/jpeg',
          '--data-binary',
          `@${name}`,
          '--output',
          'thumbnail.webp',
          `${RESULT.origin}/thumbnail?size=256&format=webp`,
        ]);
      });
    }

    it('gets a sample before it sends it', () => {
      const { 'Command line': command = '', ...others } = snippetsOf(pages.result(SAMPLE));
      expect(others).to.deep.equal({});
      const [get, send] = command.split('\n', 1).concat(command.slice(command.indexOf('\n')));
      expect(wordsOf(get!)).to.deep.equal([
        '--fail',
        '--output',
        'lake.jpg',
        `${RESULT.origin}/samples/lake.jpg`,
      ]);
      expect(wordsOf(send!)).to.include('@lake.jpg');
    });

    it('has the host that was asked, under the scheme that it was asked by, and believes nothing else', async () => {
      await using app = await startApp(harness(), { allowedHosts: ['127.0.0.1', 'thumbs.example'] });
      const form = { image_url: 'https://example.org/a.png', thumbnail_size: '64' };
      const originFor = async (headers: Record<string, string>) => {
        const html = await (await postForm(app.url, form, headers)).text();
        return new URL(snippetsOf(html)['Address of this thumbnail']!).origin;
      };
      expect(await originFor({})).to.equal(app.url);
      const secure = app.url.replace('http:', 'https:');
      expect(await originFor({ 'X-Forwarded-Proto': 'https' })).to.equal(secure);
      expect(await originFor({ 'X-Forwarded-Proto': 'https, http' })).to.equal(secure);
      for (const forged of ['http', 'http, https', 'javascript', 'https://evil.example/', '']) {
        expect(await originFor({ 'X-Forwarded-Proto': forged }), forged).to.equal(app.url);
      }
      const hosts = { 'X-Forwarded-Host': 'evil.example', Forwarded: 'host=evil.example;proto=https' };
      expect(await originFor(hosts)).to.equal(app.url);
      expect((await requestTo(app.url, '/', { Host: 'evil.example' })).status).to.equal(421);
    });

    it('leads to the thumbnail that was shown', async () => {
      await using app = await startApp(harness());
      const form = { image_url: 'https://example.org/a b.png?x=1&y=2', thumbnail_size: '64' };
      const html = await (await postForm(app.url, form, { Accept: 'image/webp' })).text();
      const [, shown = ''] = /id="thumbnail" src="data:image\/webp;base64,([^"]*)"/.exec(html) ?? [];
      const answer = await fetch(snippetsOf(html)['Address of this thumbnail']!, {
        headers: { Accept: 'image/webp' },
      });
      expect(Buffer.from(await answer.arrayBuffer()).toString('base64')).to.equal(shown);
      expect(answer.headers.get('cache-status')).to.include('hit');
    });

    it('is not there where only signed requests are answered, and so no result is', async () => {
      await using app = await startApp(harness({ requests: { signatures: 'required' } }));
      const answer = await postForm(app.url, {
        image_url: 'https://example.org/a.png',
        thumbnail_size: '64',
      });
      expect(answer.status).to.equal(403);
      expect(await answer.text()).to.not.include('/thumbnail?');
    });
  });

  describe('the error page', () => {
    it('says what happened, under which code and request id, and leads home', () => {
      const html = pages.error(ERROR);
      expect(only(html, 'h2').text).to.equal('Wrong host');
      for (const fact of [ERROR.detail, '421', 'host-not-allowed', 'request-1'])
        expect(textOf(html)).to.include(fact);
      const home = elements(html).filter(({ attributes }) => attributes.get('href') === '/');
      expect(home.map(({ name }) => name)).to.deep.equal(['a']);
    });
  });

  describe('escaping', () => {
    for (const hostile of [
      '"><script>alert(1)</script>',
      "' onerror='alert(1)",
      '" autofocus onfocus="alert(1)',
      '{{7*7}}{% raw %}',
      '</title></textarea><img src=x onerror=alert(1)>',
      '&lt;&amp;&#34;',
    ]) {
      it(`shows ${hostile} as it is and adds no element or attribute`, () => {
        const imageUrl = `https://example.org/${hostile}`;
        const form = { ...FORM, imageUrl: 'x', error: FAULT };
        const hostileForm = {
          ...FORM,
          imageUrl: hostile,
          error: { title: hostile, detail: hostile, code: hostile },
        };
        const hostileResult = { ...from(imageUrl), serverName: hostile };
        const hostileUpload: ResultView = { ...RESULT, source: { kind: 'upload', name: hostile } };
        const hostileError = {
          status: 400,
          title: hostile,
          detail: hostile,
          code: hostile,
          requestId: hostile,
        };

        expect(structureOf(pages.form(hostileForm))).to.deep.equal(structureOf(pages.form(form)));
        expect(structureOf(pages.result(hostileResult))).to.deep.equal(structureOf(pages.result(RESULT)));
        expect(structureOf(pages.result(hostileUpload))).to.deep.equal(structureOf(pages.result(UPLOAD)));
        expect(structureOf(pages.error(hostileError))).to.deep.equal(structureOf(pages.error(ERROR)));

        expect(byId(pages.form(hostileForm), 'id_image_url').attributes.get('value')).to.equal(hostile);
        expect(byId(pages.result(hostileResult), 'image-url').text).to.equal(imageUrl);
        expect(byId(pages.result(hostileUpload), 'thumbnail').attributes.get('alt')).to.equal(
          `Thumbnail of ${hostile}`,
        );
        expect(byId(pages.result(hostileResult), 'server-name').text).to.equal(hostile);
        expect(only(pages.error(hostileError), 'h2').text).to.equal(hostile);
      });
    }
  });

  it('stops at a figure that is missing instead of showing a gap', () => {
    const incomplete = { ...RESULT, serverName: undefined } as unknown as ResultView;
    expect(() => pages.result(incomplete)).to.throw(/undefined/);
  });

  it('has a stylesheet that loads nothing', () => {
    const css = readFileSync(new URL('../../src/http/public/style.css', import.meta.url), 'utf8');
    expect(css).not.to.match(/@import|url\(|@font-face/);
  });
});

/** The result for an image at that address. */
function from(href: string): ResultView {
  return { ...RESULT, source: { kind: 'url', href } };
}

function sized(width: number, height: number): ResultView {
  return { ...RESULT, thumbnail: { ...RESULT.thumbnail, width, height } };
}

function ofUnknownSize(view: ResultView): ResultView {
  return { ...view, original: { ...view.original, bytes: undefined } };
}

/** What a shell makes of the arguments of a curl command. */
function wordsOf(command: string): string[] {
  const script = `curl() { printf '%s\\0' "$@"; }; ${command}`;
  return execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
}

interface Element {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  /** The text up to the next tag. */
  readonly text: string;
}

/** All start tags in order. Whatever is not written as these templates write their tags fails the count. */
function elements(html: string): Element[] {
  const tags = [...html.matchAll(/<([a-z][a-z0-9]*)((?:\s+[a-z:A-Z-]+(?:="[^"<>]*")?)*)\s*\/?>([^<]*)/g)];
  expect(tags.length, 'tags read').to.equal([...html.matchAll(/<(?![/!])/g)].length);
  return tags.map(([, name = '', attributes = '', text = '']) => ({
    name,
    attributes: new Map(
      [...attributes.matchAll(/([\w:-]+)(?:="([^"]*)")?/g)].map(([, key = '', value = '']) => [
        key,
        unescape(value),
      ]),
    ),
    text: unescape(text),
  }));
}

function only(html: string, name: string): Element {
  const found = elements(html).filter((element) => element.name === name);
  expect(found.length, `<${name}>`).to.equal(1);
  return found[0]!;
}

function byId(html: string, id: string): Element {
  const found = elements(html).filter(({ attributes }) => attributes.get('id') === id);
  expect(found.length, `#${id}`).to.equal(1);
  return found[0]!;
}

function labelOf(html: string, id: string): string | undefined {
  return elements(html).find(({ name, attributes }) => name === 'label' && attributes.get('for') === id)
    ?.text;
}

function structureOf(html: string): string[] {
  return elements(html).map(({ name, attributes }) => [name, ...attributes.keys()].join(' '));
}

/** What there is to copy, by its label. */
function snippetsOf(html: string): Record<string, string> {
  const found = [
    ...html.matchAll(
      /<h4 [^>]*>([^<]*)<\/h4>\s*<button [^>]*>Copy<\/button>\s*<pre [^>]*><code>([^<]*)<\/code>/g,
    ),
  ];
  return Object.fromEntries(found.map(([, label = '', code = '']) => [label, unescape(code)]));
}

/** Size asked for and width promised, in pixels, of each image candidate. */
function candidatesOf(image: string): [number, number][] {
  const srcset = elements(image)[0]!.attributes.get('srcset')!;
  return srcset.split(/,\s+/).map((candidate) => {
    const [address = '', width = ''] = candidate.split(' ');
    return [Number(new URL(address).searchParams.get('size')), Number(/^(\d+)w$/.exec(width)?.[1])];
  });
}

function legendOf(html: string): Record<string, string> {
  const [, legend = ''] = /<dl class="legend">(.*?)<\/dl>/s.exec(html) ?? [];
  const terms = [...legend.matchAll(/<dt>([^<]*)<\/dt>\s*<dd>([^<]*)<\/dd>/g)];
  return Object.fromEntries(terms.map(([, term = '', value = '']) => [term, value]));
}

function widthsOf(html: string): number[] {
  return elements(html)
    .filter(({ name, attributes }) => name === 'rect' && attributes.get('class')?.startsWith('stage-'))
    .map(({ attributes }) => Number(attributes.get('width')));
}

function textOf(html: string): string {
  return unescape(html.replaceAll(/<[^>]*>/g, ''));
}

function unescape(text: string): string {
  const characters = new Map([
    ['&lt;', '<'],
    ['&gt;', '>'],
    ['&quot;', '"'],
    ['&amp;', '&'],
  ]);
  return text.replaceAll(/&#(\d+);|&\w+;/g, (escape, code?: string) =>
    code === undefined ? (characters.get(escape) ?? escape) : String.fromCodePoint(Number(code)),
  );
}
