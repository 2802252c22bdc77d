import { execFileSync } from 'node:child_process';
import { expect } from 'chai';
import sharp from 'sharp';
import { postForm, startApp } from '../../support/app.ts';
import { elements, unescape } from '../../support/html.ts';
import { DEFAULT_LIMITS } from '../../../scripts/kit/spec.ts';
import { plain } from '../../../scripts/kit/images.ts';
import { RESULT, SAMPLE, from, pages } from '../../support/page-views.ts';
import { requestTo } from '../../support/request-to.ts';
import { harness } from '../../support/service.ts';

describe('what there is to copy from the result page', () => {
  const query = 'url=https%3A%2F%2Fexample.org%2Fpictures%2FRed%2520fox.jpg%3Fwidth%3D9%26height%3D8';

  it('is the address of the thumbnail, which the page links to by its path', () => {
    const html = pages.result(RESULT);
    expect(snippetsOf(html)['Thumbnail URL']).to.equal(`${RESULT.origin}/thumbnail?${query}&size=256`);
    const link = elements(html).find(({ text }) => text === 'View thumbnail');
    expect(link?.attributes.get('href')).to.equal(`/thumbnail?${query}&size=256`);
  });

  it('is an <img> with a srcset over the sizes that anyone may ask for, by their true widths', () => {
    const [image, ...others] = elements(snippetsOf(pages.result(RESULT))['HTML']!);
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
      const shown = candidatesOf(snippetsOf(html)['HTML']!);
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

  it('has the densities of a box that is no size, as far as the original and the limit go', () => {
    const box = { width: '64', height: '128', fit: 'cover' };
    const widths = (
      original: { readonly width: number; readonly height: number },
      options = box,
      limits = DEFAULT_LIMITS,
    ) => {
      const view = { ...RESULT, options, limits, original: { ...RESULT.original, ...original } };
      const [image] = elements(snippetsOf(pages.result(view))['HTML']!);
      return image!.attributes.get('srcset')!.match(/\d+w/g);
    };
    expect(widths({ width: 900, height: 900 })).to.deep.equal(['64w', '128w', '192w']);
    expect(widths({ width: 100, height: 150 })).to.deep.equal(['64w', '75w']);
    expect(widths({ width: 900, height: 900 }, box, { ...DEFAULT_LIMITS, maxSignedSize: 256 })).to.deep.equal(
      ['64w', '128w'],
    );
    const presets = new Map([['card', { width: '320', height: '180', dpr: '2' }]]);
    const limits = { ...DEFAULT_LIMITS, presets };
    const card = { preset: 'card' } as unknown as typeof box;
    expect(widths({ width: 2000, height: 3000 }, card, limits)).to.deep.equal(['240w']);
  });

  it('takes the sizes in whatever order the operator wrote them', () => {
    const shown = candidatesOf(
      snippetsOf(pages.result({ ...RESULT, limits: { ...DEFAULT_LIMITS, openSizes: [256, 32, 64] } }))[
        'HTML'
      ]!,
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
      const { 'Command line': command = '', HTML: HTML = '' } = snippetsOf(pages.result(from(imageUrl)));
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

  for (const name of ['photo.jpg', "it's here.png", '$(id)`id`.jpg', '-K x;y"z', 'a\\', 'line\nbreak.gif']) {
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
      return new URL(snippetsOf(html)['Thumbnail URL']!).origin;
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
    const answer = await fetch(snippetsOf(html)['Thumbnail URL']!, {
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

/** What a shell makes of the arguments of a curl command. */
function wordsOf(command: string): string[] {
  const script = `curl() { printf '%s\\0' "$@"; }; ${command}`;
  return execFileSync('/bin/sh', ['-c', script], { encoding: 'utf8' }).split('\0').slice(0, -1);
}
