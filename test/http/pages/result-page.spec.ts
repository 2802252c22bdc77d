import { expect } from 'chai';
import { byId, elements, only, textOf } from '../../support/html.ts';
import {
  IMAGE_URL,
  RESULT,
  SAMPLE,
  UPLOAD,
  from,
  ofUnknownSize,
  pages,
  sized,
} from '../../support/page-views.ts';

describe('the result page', () => {
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

  it('shows the same picture in every format: the one that was made, and the others as their addresses', () => {
    const html = pages.result(RESULT);
    const [, list = ''] = /<section class="card formats"[^>]*>(.*?)<\/section>/s.exec(html) ?? [];
    const images = elements(list).filter(({ name }) => name === 'img');
    const query = 'url=https%3A%2F%2Fexample.org%2Fpictures%2FRed%2520fox.jpg%3Fwidth%3D9%26height%3D8';
    const address = (format: string) => `/thumbnail?${query}&size=256&format=${format}`;
    expect(images.map(({ attributes }) => [attributes.get('alt'), attributes.get('src')])).to.deep.equal([
      ['AVIF', address('avif')],
      ['WebP', RESULT.thumbnail.dataUri],
      ['JPEG', address('jpeg')],
      ['PNG', address('png')],
    ]);
    expect(images.map(({ attributes }) => attributes.get('loading'))).to.deep.equal([
      'lazy',
      undefined,
      'lazy',
      'lazy',
    ]);
    expect(byId(html, 'bytes-webp').text).to.equal('8.2 kB');
  });

  it('shows those formats of an image without an address that were made for the page', () => {
    const others = [{ format: 'png', bytes: 20_000, dataUri: 'data:image/png;base64,AAAA' }] as const;
    for (const page of [UPLOAD, SAMPLE]) {
      expect(pages.result(page)).to.not.include('class="card formats"');
      const html = pages.result({ ...page, others });
      const [, list = ''] = /<section class="card formats"[^>]*>(.*?)<\/section>/s.exec(html) ?? [];
      const images = elements(list).filter(({ name }) => name === 'img');
      expect(images.map(({ attributes }) => [attributes.get('alt'), attributes.get('src')])).to.deep.equal([
        ['WebP', RESULT.thumbnail.dataUri],
        ['PNG', 'data:image/png;base64,AAAA'],
      ]);
      expect(byId(html, 'bytes-png').text).to.equal('20 kB');
      expect(list).to.not.include('<a ');
    }
  });

  it('has an address of its own, which says what was chosen', () => {
    const shareOf = (html: string) => byId(html, 'share').attributes.get('href');
    const fields = 'thumbnail_size=256';
    expect(shareOf(pages.result(RESULT))).to.equal(
      `/?image_url=https%3A%2F%2Fexample.org%2Fpictures%2FRed%2520fox.jpg%3Fwidth%3D9%26height%3D8&${fields}`,
    );
    expect(shareOf(pages.result(SAMPLE))).to.equal(`/?sample=lake.jpg&${fields}`);
    const boxed = { ...SAMPLE, options: { width: '64', height: '128', fit: 'cover', format: 'png' } };
    expect(shareOf(pages.result(boxed))).to.equal(
      '/?sample=lake.jpg&width=64&height=128&format=png&fit=cover',
    );
    expect(
      elements(pages.result(UPLOAD)).some(({ attributes }) => attributes.get('id') === 'share'),
    ).to.equal(false);
    expect(pages.result(RESULT)).to.include('<meta name="robots" content="noindex">');
  });

  it('leaves out what cannot be known without the number of bytes', () => {
    const html = pages.result(ofUnknownSize(RESULT));
    expect(html).to.include('<dd class="aside">JPEG</dd>').and.to.include('8.2 kB WebP');
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
    expect(html).to.not.include('id="image-url"').and.not.include('View thumbnail');
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
    expect(back.map(({ text }) => text.trim())).to.deep.equal(['', "Let's do another one!"]);
    expect(back[0]?.attributes.get('class')).to.equal('brand');
  });

  it('says what was saved, and nothing where the thumbnail is not smaller', () => {
    expect(pages.result(RESULT))
      .to.include('99.3%')
      .and.to.include('1.4 MB JPEG')
      .and.to.include('8.2 kB WebP');
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
      'Cache lookup': '1.3 ms',
      Download: '431 ms',
      Resize: '88 ms',
      Other: '7 ms',
    });
    expect(widthsOf(html).reduce((sum, width) => sum + width)).to.equal(100);
  });

  it('shows only the stages that took place', () => {
    const waited = pages.result({ ...RESULT, timings: { cacheMs: 0.02, waitMs: 500.4 } });
    expect(legendOf(waited)).to.deep.equal({
      'Cache lookup': 'under 0.1 ms',
      'Waiting for another request': '500 ms',
      Other: '27 ms',
    });
    const upload = pages.result({ ...UPLOAD, timings: { cacheMs: 1, fetchMs: 9, resizeMs: 517 } });
    expect(legendOf(upload)).to.deep.equal({ 'Cache lookup': '1 ms', Upload: '9 ms', Resize: '517 ms' });
  });

  it('has no bar for a hit, which no stage took long for', () => {
    const hit = pages.result({ ...RESULT, processingTimeMs: 22, timings: { cacheMs: 0.4 } });
    expect(widthsOf(hit)).to.deep.equal([]);
    expect(legendOf(hit)).to.deep.equal({});
    expect(byId(hit, 'processing-time').text).to.equal('22');
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
      imageUrl: 'https://example.org/x%E2%80%AEgpj.exe%0A%00%E2%80%8B%EF%BB%BF%E2%80%A9y',
      name: 'xgpj.exey',
    },
    { imageUrl: 'https://example.org/%E2%80%AE%0A', name: 'example.org' },
    {
      imageUrl: `https://example.org/${'%F0%9F%A6%8A'.repeat(80)}.png`,
      name: `${'🦊'.repeat(40)}…${'🦊'.repeat(12)}.png`,
    },
  ]) {
    it(`calls ${imageUrl.slice(0, 50)} ${name.slice(0, 20)}`, () => {
      expect(only(pages.result(from(imageUrl)), 'bdi').text).to.equal(name);
    });
  }

  for (const imageUrl of ['/album/a%20b.png', 's3://bucket/album/a%20b.png']) {
    it(`shows ${imageUrl} as text, which no browser can open`, () => {
      const html = pages.result(from(imageUrl));
      expect(only(html, 'bdi').text).to.equal('a b.png');
      expect(html).to.include(`<span id="image-url">${imageUrl}</span>`);
      expect(html).not.to.include(`href="${imageUrl}"`);
      expect(html).to.include(`url=${encodeURIComponent(imageUrl)}`.replaceAll('%20', '+'));
    });
  }

  for (const imageUrl of [
    'javascript:alert(1)',
    'data:text/html,x',
    'ftp://example.org/a.png',
    'file:///a.png',
    '',
  ]) {
    it(`refuses to link to "${imageUrl}"`, () => {
      expect(() => pages.result(from(imageUrl))).to.throw(TypeError);
    });
  }
});

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
