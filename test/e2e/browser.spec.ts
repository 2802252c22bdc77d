import { expect } from 'chai';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { describeInBrowser, fillIn, imageSize, pressSubmit, scrollWidth, visit } from '../support/browser.ts';
import { plain } from '../../scripts/kit/images.ts';
import type { Origin } from '../../scripts/kit/origin.ts';

const WAYS = [360, 1280].flatMap((width) =>
  [false, true].map((javaScriptEnabled) => ({
    how: `at ${width} px ${javaScriptEnabled ? 'with' : 'without'} JavaScript`,
    viewport: { width, height: 800 },
    javaScriptEnabled,
  })),
);
/** Of the first page with all that it loads: bytes as they are transferred, heads included. */
const PAGE_BUDGET = 30_000;

const ENVIRONMENT = {
  SOURCE_TIMEOUT: '1s',
  MAX_SOURCE_SIZE: '400KiB',
  MAX_SOURCE_PIXELS: '10000000',
  QUEUE_TIMEOUT: '1s',
};

/** What can be wrong with a source, and what the form says of it. */
const FAULTS: readonly { what: string; path: string; status: number; title: RegExp }[] = [
  { what: 'nothing is there', path: '/missing.png', status: 404, title: /^Can't open image URL: not found/ },
  {
    what: 'the server refuses',
    path: '/refused.png',
    status: 502,
    title: /^Can't open image URL: the server/,
  },
  { what: 'it never answers', path: '/silent.png', status: 504, title: /^Can't open image URL: too slow/ },
  {
    what: 'it is no image',
    path: '/page.html',
    status: 422,
    title: /^Can't process input image: unsupported/,
  },
  {
    what: 'it is damaged',
    path: '/damaged.png',
    status: 422,
    title: /^Can't process input image: damaged/,
  },
  {
    what: 'it has too many bytes',
    path: '/heavy.png',
    status: 422,
    title: /^Can't process input image: .*bytes/,
  },
  {
    what: 'it has too many pixels',
    path: '/vast.png',
    status: 422,
    title: /^Can't process input image: .*pixels/,
  },
];

/** Addresses that are refused before anyone is asked. */
const ADDRESSES: readonly { what: string; address: string; status: number; title: RegExp }[] = [
  { what: 'it is empty', address: '', status: 400, title: /^Can't open image URL: not a valid/ },
  {
    what: 'its scheme is another',
    address: 'ftp://a.example/b',
    status: 400,
    title: /^Can't open image URL/,
  },
  {
    what: 'it is private',
    address: 'http://10.1.2.3/a.png',
    status: 403,
    title: /^Can't open image URL: .*allowed/,
  },
  {
    what: 'nobody listens',
    address: 'http://127.0.0.1:9/a.png',
    status: 502,
    title: /^Can't open image URL: no conn/,
  },
];

describeInBrowser('a person with a browser', {
  environment: ENVIRONMENT,
  tests: (world) => {
    before(() => serveImages(world.origin));

    for (const { how, ...options } of WAYS) {
      it(`gets a thumbnail, and again, ${how}`, async () => {
        const { width } = options.viewport;
        await using visited = await visit(world, options);
        const { page, complaints } = visited;
        const address = world.origin.url(`/photo.png?${how.length}-${width}`);
        expect(await scrollWidth(page)).to.be.at.most(width);
        await fillIn(page, address);
        expect(await pressSubmit(page)).to.equal(200);

        expect(await page.textContent('h3')).to.equal('Thumbnail result');
        expect(await page.textContent('#image-url')).to.equal(address);
        expect(await page.textContent('#thumbnail-size')).to.equal('128');
        expect(await page.textContent('#original-size')).to.equal('2725×2225');
        expect(await linesOf(page, '#original-size'), 'a number is never broken in two').to.equal(1);
        expect(await page.textContent('#processing-time')).to.match(/^\d+$/);
        expect(await page.textContent('#server-name')).to.match(/^\S+$/);
        expect(await page.textContent('#cache-status')).to.equal('miss');
        expect(await imageSize(page)).to.deep.equal({ width: 128, height: 105 });
        expect(await scrollWidth(page)).to.be.at.most(width);

        await page.click("text=Let's do another one!");
        expect(await page.inputValue('#id_image_url')).to.equal('');
        await fillIn(page, address);
        await pressSubmit(page);
        expect(await page.textContent('#cache-status')).to.equal('hit');
        expect(await page.textContent('#processing-time')).to.match(/^\d+$/);
        expect(complaints).to.deep.equal([]);
      });
    }

    for (const { how, ...options } of [WAYS[0]!, WAYS[3]!]) {
      it(`is told what is wrong, beside the field, and finds what was entered, ${how}`, async () => {
        await using visited = await visit(world, options);
        const { width } = options.viewport;
        const { page, complaints } = visited;
        const sources = FAULTS.map(({ path, ...rest }) => ({ ...rest, address: world.origin.url(path) }));
        for (const { what, address, status, title } of [...sources, ...ADDRESSES]) {
          await fillIn(page, address, '256');
          await letServerJudge(page);
          expect(await pressSubmit(page), what).to.equal(status);
          const alert = page.locator('#error[role=alert]');
          expect((await alert.textContent())?.trim(), what).to.match(title);
          expect(await alert.locator('p').allTextContents(), 'what to do').to.have.length(2);
          await expectAtFault(page, '#id_image_url');
          expect(await page.inputValue('#id_image_url')).to.equal(address);
          expect(await page.inputValue('#id_thumbnail_size')).to.equal('256');
          expect(await scrollWidth(page)).to.be.at.most(width);
        }
        expect(complaints).to.deep.equal([]);
      });
    }

    it('sees a small thumbnail enlarged, without JavaScript too', async () => {
      await using visited = await visit(world, { javaScriptEnabled: false });
      const { page } = visited;
      await fillIn(page, world.origin.url('/photo.png'), '64');
      await pressSubmit(page);
      const thumbnail = page.locator('#thumbnail');
      expect((await thumbnail.boundingBox())?.width).to.equal(64);
      await page.getByLabel('Enlarged ×4').check();
      expect((await thumbnail.boundingBox())?.width).to.equal(256);
      expect((await thumbnail.boundingBox())?.x).to.be.at.least(
        (await page.locator('.stage').boundingBox())!.x,
      );
    });

    it('is told at once that an address is missing, where the browser can say so itself', async () => {
      await using visited = await visit(world);
      const { page } = visited;
      await page.click('input[type=submit]');
      expect(await page.locator('#id_image_url:invalid').count()).to.equal(1);
      expect(page.url()).to.equal(`${world.service.url}/`);
      expect(await page.locator('#ask').getAttribute('aria-busy')).to.equal(null);
    });

    it('finds a page of its own where there is nothing, and the way to the form', async () => {
      await using visited = await visit(world);
      const { page } = visited;
      expect((await page.goto(`${world.service.url}/nowhere`))?.status()).to.equal(404);
      await page.click('a.button');
      expect(await page.locator('#id_image_url').count()).to.equal(1);
    });

    it(`loads a first page of less than ${PAGE_BUDGET / 1000} kB with all that belongs to it`, async () => {
      const page = await world.browser.newPage();
      const loading: Promise<[string, number]>[] = [];
      page.on('requestfinished', (request) => {
        const size = request.sizes();
        loading.push(
          size.then(({ responseBodySize: body, responseHeadersSize: head }) => [request.url(), body + head]),
        );
      });
      await page.goto(world.service.url, { waitUntil: 'networkidle' });
      const sizes = new Map(await Promise.all(loading));
      // A browser without a window may ask for no icon.
      const icon = world.service.url + (await page.locator('link[rel=icon]').getAttribute('href'))!;
      sizes.set(icon, (await (await fetch(icon)).bytes()).length);
      expect(sizes.size, 'page, style, script, icon, previews').to.equal(7);
      await page.close();
      expect([...sizes.values()].reduce((sum, size) => sum + size)).to.be.within(10_000, PAGE_BUDGET);
    });
  },
});

async function serveImages(origin: Origin): Promise<void> {
  const picture = { create: { width: 2725, height: 2225, channels: 4, background: '#c408' } } as const;
  const photo = await sharp(picture).png().toBuffer();
  const noise = {
    create: {
      width: 1500,
      height: 1500,
      channels: 3,
      background: '#000',
      noise: { type: 'gaussian', mean: 128, sigma: 30 },
    },
  } as const;
  const vast = await plain(4000, 4000, [1, 2, 3]).png().toBuffer();
  origin
    .serve('/photo.png', { body: photo, type: 'image/png' })
    .serve('/refused.png', { status: 403 })
    .serve('/silent.png', { stall: 'head' })
    .serve('/page.html', { body: '<!doctype html><title>No image</title>', type: 'text/html' })
    .serve('/damaged.png', { body: photo.subarray(0, 200), type: 'image/png' })
    .serve('/heavy.png', { body: await sharp(noise).png().toBuffer(), type: 'image/png' })
    .serve('/vast.png', { body: vast, type: 'image/png' });
}

/** The browser itself would refuse an empty field where JavaScript asks it to. */
async function letServerJudge(page: Page): Promise<void> {
  await page
    .locator('#ask')
    .evaluate((form) => void ((form as unknown as { noValidate: boolean }).noValidate = true));
}

async function expectAtFault(page: Page, field: string): Promise<void> {
  expect(await page.getAttribute(field, 'aria-invalid')).to.equal('true');
  expect((await page.getAttribute(field, 'aria-describedby'))?.split(' ')).to.include('error');
  expect(await page.locator('[aria-invalid]').count()).to.equal(1);
  expect(await page.locator(`${field}:focus`).count(), 'focus').to.equal(1);
  const [above, below] = [
    await page.locator(field).boundingBox(),
    await page.locator('#error').boundingBox(),
  ];
  const gap = below!.y - (above!.y + above!.height);
  expect(gap, 'pixels between field and fault').to.be.within(0, 24);
}

/** Where a text is broken, it has a rectangle for each line. */
async function linesOf(page: Page, selector: string): Promise<number> {
  return await page.locator(selector).evaluate((element) => {
    const { getClientRects } = element as unknown as { getClientRects: () => { readonly length: number } };
    return getClientRects.call(element).length;
  });
}
