import { existsSync } from 'node:fs';
import { expect } from 'chai';
import { type Browser, type Page, chromium } from 'playwright-core';
import sharp from 'sharp';
import { type Origin, startOrigin } from '../support/origin.ts';
import { RunningService } from '../support/running-service.ts';

const CHROMIUM = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(
  existsSync,
);
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

describe(`a person with a browser${CHROMIUM === undefined ? ' (not installed: chromium)' : ''}`, function () {
  this.timeout(60_000);
  let browser: Browser;
  let origin: Origin;
  let service: RunningService;

  before(async function () {
    if (CHROMIUM === undefined) this.skip();
    origin = await startOrigin();
    const picture = { create: { width: 2725, height: 2225, channels: 4, background: '#c408' } } as const;
    origin.serve('/photo.png', { body: await sharp(picture).png().toBuffer(), type: 'image/png' });
    service = await RunningService.start();
    browser = await chromium.launch({ executablePath: CHROMIUM, args: ARGUMENTS });
  });
  after(async () => {
    if (CHROMIUM === undefined) return;
    await browser.close();
    await service[Symbol.asyncDispose]();
    await origin[Symbol.asyncDispose]();
  });

  for (const width of [360, 1280]) {
    for (const javaScriptEnabled of [true, false]) {
      it(`gets a thumbnail, and again, at ${width} px ${javaScriptEnabled ? 'with' : 'without'} JavaScript`, async () => {
        const context = await browser.newContext({ viewport: { width, height: 800 }, javaScriptEnabled });
        const page = await context.newPage();
        const complaints = watch(page, service.url);
        await page.goto(service.url);
        await submit(page, origin.url('/photo.png'), '128');

        expect(await page.textContent('h3')).to.equal('Thumbnail result');
        expect(await page.textContent('#image-url')).to.equal(origin.url('/photo.png'));
        expect(await page.textContent('#thumbnail-size')).to.equal('128');
        expect(await page.textContent('#original-size')).to.equal('2725×2225');
        expect(await page.textContent('#processing-time')).to.match(/^\d+$/);
        expect(await page.textContent('#server-name')).to.match(/^\S+$/);
        expect(await imageSize(page)).to.deep.equal({ width: 128, height: 105 });
        const noSidewaysScrolling = await scrollWidth(page);
        expect(noSidewaysScrolling).to.be.at.most(width);

        await page.click("text=Let's do another one!");
        expect(await page.inputValue('#id_image_url')).to.equal('');
        await submit(page, origin.url('/photo.png'), '128');
        expect(await page.textContent('#cache-status')).to.equal('hit');
        expect(Number(await page.textContent('#processing-time'))).to.be.below(100);
        expect(complaints).to.deep.equal([]);
        await context.close();
      });
    }
  }

  it('is told what went wrong, and finds what was entered', async () => {
    const page = await browser.newPage();
    await page.goto(service.url);
    await submit(page, origin.url('/missing.png'), '256');
    expect((await page.textContent('#error'))?.trim()).to.match(/^Can't open image URL/);
    expect(await page.getAttribute('#error', 'role')).to.equal('alert');
    expect(await page.inputValue('#id_image_url')).to.equal(origin.url('/missing.png'));
    expect(await page.inputValue('#id_thumbnail_size')).to.equal('256');
    await page.close();
  });
});

async function submit(page: Page, url: string, size: string): Promise<void> {
  await page.getByLabel('Image URL').fill(url);
  await page.getByLabel('Thumbnail size (largest dim.)').selectOption(size);
  await page.click('input[type=submit][value="Thumbnail it!"]');
}

/** What the browser complains of (a policy that was broken, a script's error), and requests to any other host. */
function watch(page: Page, ownUrl: string): string[] {
  const complaints: string[] = [];
  page.on('console', (message) => complaints.push(message.text()));
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('request', (request) => {
    const url = request.url();
    if (!url.startsWith(ownUrl) && !url.startsWith('data:')) complaints.push(`request to ${url}`);
  });
  return complaints;
}

/** Of the picture itself, once it has been decoded; evaluated by the driver, so also where JavaScript is off. */
async function imageSize(page: Page): Promise<{ width: number; height: number }> {
  return page.locator('img#thumbnail').evaluate(async (element) => {
    const image = element as unknown as {
      decode(): Promise<void>;
      naturalWidth: number;
      naturalHeight: number;
    };
    await image.decode();
    return { width: image.naturalWidth, height: image.naturalHeight };
  });
}

async function scrollWidth(page: Page): Promise<number> {
  return page
    .locator('html')
    .evaluate((element) => (element as unknown as { scrollWidth: number }).scrollWidth);
}
