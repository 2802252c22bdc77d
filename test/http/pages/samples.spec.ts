import { expect } from 'chai';
import { OverloadedError } from '../../../src/domain/errors/index.ts';
import { INPUT_FORMATS, type InputFormat } from '../../../src/domain/image/formats.ts';
import { INERT_POLICY } from '../../../src/http/middleware/security-headers.ts';
import { SAMPLES } from '../../../src/http/pages/page-samples.ts';
import { postForm, startApp } from '../../support/app.ts';
import { requestTo } from '../../support/request-to.ts';
import { harness } from '../../support/service.ts';

describe('the samples', () => {
  for (const { name, path, preview } of SAMPLES) {
    it(`have an address each, and so have their previews: ${name}`, async () => {
      await using app = await startApp(harness());
      for (const address of [path, preview]) {
        const response = await fetch(app.url + address);
        expect(response.status).to.equal(200);
        expect(response.headers.get('content-type')).to.match(/^image\//);
        expect(response.headers.get('content-security-policy')).to.equal(INERT_POLICY);
        expect((await response.bytes()).length).to.be.above(500);
      }
    });

    it(`come from the form without a request to anyone: ${name}`, async () => {
      const fakes = harness();
      await using app = await startApp(fakes);
      for (const status of ['miss', 'hit']) {
        const response = await postForm(app.url, { sample: name, thumbnail_size: '64' });
        const html = await response.text();
        expect(response.status).to.equal(200);
        expect(html).to.include(`<a id="image-url" href="${app.url}${path}"`);
        expect(html).to.match(new RegExp(`id="cache-status"[^>]*>${status}<`));
      }
      expect(fakes.fetcher.fetched).to.deep.equal([]);
    });
  }

  it('are shown in every format that there is capacity for', async () => {
    const fakes = harness();
    await using app = await startApp(fakes);
    const page = async () =>
      (await postForm(app.url, { sample: 'lake.jpg', thumbnail_size: '64', format: 'jpeg' })).text();
    const shown = (html: string) => [...html.matchAll(/id="bytes-(\w+)"/g)].map(([, format]) => format);
    expect(shown(await page())).to.deep.equal(['avif', 'webp', 'jpeg', 'png']);

    fakes.cache.forgetKept();
    const { answer } = fakes.resizer;
    fakes.resizer.answer = (...asked) =>
      asked[1].format === 'jpeg' ? answer(...asked) : Promise.reject(new OverloadedError(1));
    expect(shown(await page())).to.deep.equal([]);
  });

  it('are offered where their format is one that is taken', async () => {
    const offered = async (inputFormats: readonly InputFormat[]) => {
      await using app = await startApp(harness(), { site: { inputFormats } });
      const [page, document] = await Promise.all(
        ['/', '/openapi.json'].map(async (path) => (await fetch(app.url + path)).text()),
      );
      return SAMPLES.flatMap(({ name }) => (page!.includes(name) && document!.includes(name) ? [name] : []))
        .concat(page!.includes('No image handy?') ? ['and a heading'] : [])
        .concat(document!.includes('"sample"') ? ['and a field'] : []);
    };
    const frame = ['and a heading', 'and a field'];
    expect(await offered(INPUT_FORMATS)).to.deep.equal(['lake.jpg', 'balloon.png', 'waves.gif', ...frame]);
    expect(await offered(['png', 'avif'])).to.deep.equal(['balloon.png', ...frame]);
    expect(await offered(['svg'])).to.deep.equal([]);
  });

  it('go before an address, as their buttons send along what stands in the fields', async () => {
    const fakes = harness();
    await using app = await startApp(fakes);
    const fields = { image_url: 'http://images.example/a.png', thumbnail_size: '64', sample: 'lake.jpg' };
    expect(await (await postForm(app.url, fields)).text()).to.include(`${app.url}/samples/lake.jpg`);
    expect(fakes.fetcher.fetched).to.deep.equal([]);
  });

  for (const sample of ['', 'none.jpg', '../style.css', '__proto__', 'lake-preview.webp']) {
    it(`are no others: ${JSON.stringify(sample)}`, async () => {
      await using app = await startApp(harness());
      const response = await postForm(app.url, { sample, thumbnail_size: '64' });
      expect(response.status).to.equal(400);
      expect(await response.text()).to.include('id="error"');
    });
  }

  for (const path of ['/samples/', '/samples/none.jpg', '/samples/..%2fstyle.css']) {
    it(`have no address such as ${path}`, async () => {
      await using app = await startApp(harness());
      const { status } = await requestTo(app.url, path, {});
      expect(status).to.equal(404);
    });
  }

  it('are not given to those who may ask for signed thumbnails only', async () => {
    await using closed = await startApp(harness({ requests: { signatures: 'required' } }));
    expect((await postForm(closed.url, { sample: 'lake.jpg', thumbnail_size: '64' })).status).to.equal(403);
  });
});

describe('what the pages load', () => {
  it('comes packed to those who can unpack it, as another entity', async () => {
    await using app = await startApp(harness());
    for (const path of ['/style.css', '/app.js']) {
      const packed = await fetch(app.url + path, { headers: { 'Accept-Encoding': 'gzip' } });
      const bare = await fetch(app.url + path, { headers: { 'Accept-Encoding': 'identity' } });
      expect(packed.headers.get('content-encoding')).to.equal('gzip');
      expect(bare.headers.get('content-encoding')).to.equal(null);
      for (const { headers } of [packed, bare]) expect(headers.get('vary')).to.equal('Accept-Encoding');
      expect(packed.headers.get('etag')).to.not.equal(bare.headers.get('etag'));
      expect(Number(packed.headers.get('content-length'))).to.be.below(
        Number(bare.headers.get('content-length')) / 2,
      );
      expect(await packed.text()).to.equal(await bare.text());

      const again = { 'Accept-Encoding': 'gzip', 'If-None-Match': packed.headers.get('etag')! };
      expect((await fetch(app.url + path, { headers: again })).status).to.equal(304);
    }
  });
});
