import { DEFAULT_LIMITS } from '../../../scripts/kit/spec.ts';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { formatChoices } from '../../../src/domain/errors/units.ts';
import { FORMAT_NAMES, INPUT_FORMATS } from '../../../src/domain/image/formats.ts';
import { formOptionViews } from '../../../src/http/pages/form-options.ts';
import type { ResultView } from '../../../src/http/pages/pages.ts';
import { byId, elements, labelOf, only, structureOf, textOf } from '../../support/html.ts';
import {
  ERROR,
  FAULT,
  FORM,
  RESULT,
  SAMPLE,
  UPLOAD,
  from,
  ofUnknownSize,
  pages,
  sized,
} from '../../support/page-views.ts';

describe('Pages', () => {
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
          if (name === 'img')
            expect(attributes.get('src')).to.match(/^(data:image\/|\/samples\/|\/thumbnail\?)/);
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
      expect(Object.fromEntries(url)).to.include({ name: 'image_url', type: 'text', value: '' });
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
      expect(html).to.include(`${formatChoices(INPUT_FORMATS.map((name) => FORMAT_NAMES[name]))}. If you`);
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
      const limits = { ...DEFAULT_LIMITS, openSizes: [32, 640] };
      const views = formOptionViews(limits, (field) => (field === 'thumbnail_size' ? '640' : undefined));
      const html = pages.form({ ...FORM, options: views });
      const [, list = ''] = /<select id="id_thumbnail_size"[^>]*>(.*?)<\/select>/s.exec(html) ?? [];
      const options = elements(list).filter(({ name }) => name === 'option');
      expect(options.map(({ text }) => text)).to.deep.equal(['32', '640']);
      expect(options.map(({ attributes }) => attributes.get('value'))).to.deep.equal(['32', '640']);
      expect(options.map(({ attributes }) => attributes.has('selected'))).to.deep.equal([false, true]);
    });

    it('offers a width, a height, a format and a fit, open where one was chosen', () => {
      const html = pages.form(FORM);
      for (const field of ['width', 'height', 'format', 'fit']) {
        expect(byId(html, `id_${field}`).attributes.get('name')).to.equal(field);
      }
      expect(only(html, 'details').attributes.has('open')).to.equal(false);
      expect(html).to.include('<option value="auto" selected>Automatic</option>');
      expect(html).to.include('<option value="inside" selected>Inside, whole</option>');
      const chosen = formOptionViews(DEFAULT_LIMITS, (field) => (field === 'fit' ? 'cover' : undefined));
      const open = only(pages.form({ ...FORM, options: chosen }), 'details');
      expect(open.attributes.has('open')).to.equal(true);
      const atFault = pages.form({ ...FORM, error: { ...FAULT, field: 'height' } });
      expect(only(atFault, 'details').attributes.has('open')).to.equal(true);
    });

    it('offers the presets of a service that has some, and none to begin with', () => {
      expect(
        elements(pages.form(FORM)).some(({ attributes }) => attributes.get('name') === 'preset'),
      ).to.equal(false);
      const presets = new Map([['card', { width: '320' }]]);
      const limits = { ...DEFAULT_LIMITS, presets };
      const views = formOptionViews(limits);
      const html = pages.form({ ...FORM, options: views });
      expect(labelOf(html, 'id_preset')).to.equal('Preset');
      expect(html).to.include('<option value="" selected>None</option>');
      expect(html).to.include('<option value="card">card</option>');
      const chosen = formOptionViews(limits, () => 'card');
      expect(pages.form({ ...FORM, options: chosen })).to.include(
        '<option value="card" selected>card</option>',
      );
    });

    it('shows every option that it offers as any other, whatever its name', () => {
      const [size] = FORM.options;
      const colour = { ...size!, field: 'colour', label: 'Colour', hint: 'Of the frame.' };
      const html = pages.form({
        ...FORM,
        options: [size!, { ...colour, choices: [{ value: 'red', text: 'Red', isSelected: true }] }],
      });
      expect(labelOf(html, 'id_colour')).to.equal('Colour');
      expect(byId(html, 'id_colour').attributes.get('name')).to.equal('colour');
      expect(byId(html, 'colour-hint').text).to.equal('Of the frame.');
      expect(html).to.include('<option value="red" selected>Red</option>');
    });

    it('keeps what was entered after a fault, and says first what went wrong, then what to do', () => {
      const html = pages.form({ ...FORM, imageUrl: 'htp:/oops & "so"', error: FAULT });
      expect(byId(html, 'id_image_url').attributes.get('value')).to.equal('htp:/oops & "so"');
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

  describe('the error page', () => {
    it('says what happened, under which code and request id, and leads home', () => {
      const html = pages.error(ERROR);
      expect(only(html, 'h2').text).to.equal('Not here');
      for (const fact of [ERROR.detail, '405', 'method-not-allowed', 'request-1'])
        expect(textOf(html)).to.include(fact);
      const home = elements(html).filter(({ attributes }) => attributes.get('href') === '/');
      expect(home.map(({ attributes }) => attributes.get('class'))).to.deep.equal(['brand', 'button']);
    });

    it('leads nowhere from a host that is not allowed', () => {
      const html = pages.error({ ...ERROR, code: 'host-not-allowed', missingHost: 'thumbs.example' });
      const links = elements(html).filter(({ name, attributes }) => name === 'a' && attributes.has('href'));
      expect(links).to.deep.equal([]);
      expect(html).to.include('ALLOWED_HOSTS=localhost,thumbs.example');
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
    const css = readFileSync(new URL('../../../src/http/pages/public/style.css', import.meta.url), 'utf8');
    expect(css).not.to.match(/@import|url\(|@font-face/);
  });
});
