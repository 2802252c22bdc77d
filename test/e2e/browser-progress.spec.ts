import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import type { Page } from 'playwright-core';
import sharp from 'sharp';
import { type World, describeInBrowser, fillIn, imageSize, pressSubmit, visit } from '../support/browser.ts';
import { plain } from '../../scripts/kit/images.ts';

const SUBMIT = 'input[type=submit]';

describeInBrowser('while a person waits', {
  tests: (world) => {
    before(async () => {
      const body = await plain(300, 200, [90, 120, 40]).jpeg().toBuffer();
      world.origin.serve('/quick.jpg', { body }).serve('/slow.jpg', { stall: 'head' });
    });

    for (const [how, cancel] of [
      ['its button', (page: Page, at: Point) => page.mouse.click(at.x, at.y)],
      ['its button, by keyboard', pressNextStop],
      ['Escape', (page: Page) => page.keyboard.press('Escape')],
    ] as const) {
      it(`the form says so, and is cancelled by ${how}, which the server notices`, async () => {
        await using visited = await visit(world);
        const { page, complaints } = visited;
        const address = world.origin.url(`/slow.jpg?${how.length}`);
        const earlier = world.service.log.length;
        const button = await placeOfCancel(page);
        const said = await startWaiting(world, page, address);
        while (!said.some((words) => /^Working… [1-9]/.test(words))) await sleep(10);
        expect(said).to.include.members(['busy', 'Working…', 'Working', 'Cancel']);

        await cancel(page, button);
        await expectReady(page);
        expect(await page.locator('#progress').innerText()).to.match(/^Cancelled/);
        expect(await page.inputValue('#id_image_url')).to.equal(address);
        expect(await page.inputValue('#id_thumbnail_size')).to.equal('256');
        expect(await page.locator(`${SUBMIT}:focus`).count()).to.equal(1);
        await world.origin.idle();
        const left = () => world.service.log.slice(earlier).some((line) => line['status'] === 499);
        while (!left()) await sleep(10);

        await fillIn(page, world.origin.url('/quick.jpg'));
        expect(await pressSubmit(page)).to.equal(200);
        expect(complaints).to.deep.equal([]);
      });
    }

    it('a second press sends nothing', async () => {
      await using visited = await visit(world);
      const { page } = visited;
      const before = world.origin.hits('/slow.jpg');
      await startWaiting(world, page, world.origin.url('/slow.jpg?twice'));
      await page.keyboard.press('Enter');
      await page.keyboard.press('Escape');
      await expectReady(page);
      await world.origin.idle();
      expect(world.origin.hits('/slow.jpg')).to.equal(before + 1);
    });

    it('and comes back later, the form is ready', async () => {
      await using visited = await visit(world);
      const { page } = visited;
      await fillIn(page, world.origin.url('/quick.jpg'));
      await pressSubmit(page);
      await page.goBack();
      await expectReady(page);
      // As it is when the browser had the page put by, which it does not do under a driver.
      await page.evaluate(`{
        document.querySelector('#ask').dispatchEvent(new SubmitEvent('submit', { cancelable: true }));
        if (document.querySelector('#ask').ariaBusy !== 'true') throw new Error('it is not busy');
        window.dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }));
      }`);
      await expectReady(page);
    });
  },
});

describeInBrowser('what a person takes along', {
  environment: { ALLOWED_HOSTS: '127.0.0.1,plain.example' },
  tests: (world) => {
    before(async () => {
      const body = await plain(300, 200, [90, 120, 40]).jpeg().toBuffer();
      world.origin.serve('/quick.jpg', { body });
    });

    it('is copied by a click, which is announced', async () => {
      await using visited = await visit(world, { permissions: ['clipboard-read', 'clipboard-write'] });
      const { page, complaints } = visited;
      await makeThumbnail(world, page);
      expect(await page.getByRole('button', { name: 'Copy' }).count()).to.equal(3);
      const buttons = page.locator('[data-copy]');
      for (const button of await buttons.all()) {
        const id = await button.getAttribute('data-copy');
        await button.click();
        await page.waitForFunction(
          `document.querySelector('#announcement').textContent.startsWith('Copied')`,
        );
        expect(await page.evaluate('navigator.clipboard.readText()')).to.equal(
          await page.textContent(`[aria-labelledby=${id}] code`),
        );
      }
      expect(complaints).to.deep.equal([]);
    });

    it('is copied over plain http as well, where there is no clipboard to write to', async () => {
      await using visited = await visit(world);
      const { page } = visited;
      const { port } = new URL(world.service.url);
      await page.goto(`http://plain.example:${port}/`);
      expect(await page.evaluate('navigator.clipboard === undefined')).to.equal(true);
      await makeThumbnail(world, page);
      const snippet = await page.textContent('[aria-labelledby=snippet-1] code');
      await page.getByRole('button', { name: 'Copy' }).first().click();
      await page.waitForFunction(`document.querySelector('#announcement').textContent.startsWith('Copied')`);
      await page.click("text=Let's do another one!");
      await page.getByLabel('Image URL').press('Control+V');
      expect(await page.inputValue('#id_image_url')).to.equal(snippet);
    });

    it('is the thumbnail, as a file with the name of the image', async () => {
      await using visited = await visit(world);
      const { page, complaints } = visited;
      await makeThumbnail(world, page);
      const shown = await imageSize(page);
      const saving = page.waitForEvent('download');
      await page.click('#save');
      const download = await saving;
      expect(download.suggestedFilename()).to.match(/^quick-128\.(avif|webp|jpeg|png)$/);
      const { width, height } = await sharp(await readFile(await download.path())).metadata();
      expect({ width, height }).to.deep.equal(shown);
      expect(complaints).to.deep.equal([]);
    });

    it('offers no button that needs JavaScript where there is none', async () => {
      await using visited = await visit(world, { javaScriptEnabled: false });
      const { page } = visited;
      expect(await page.locator('button:visible').count(), 'the samples').to.equal(3);
      await makeThumbnail(world, page);
      expect(await page.locator('button:visible').count()).to.equal(0);
      expect(await page.locator('#save').isVisible()).to.equal(false);
    });
  },
});

interface Point {
  readonly x: number;
  readonly y: number;
}

/** Where the button will be: while a page is on its way, no driver can look at the one before. */
async function placeOfCancel(page: Page): Promise<Point> {
  const cancel = page.locator('#cancel');
  const show = (hidden: boolean) => page.evaluate(`document.querySelector('#cancel').hidden = ${hidden}`);
  await show(false);
  const { x, y, width, height } = (await cancel.boundingBox())!;
  await show(true);
  return { x: x + width / 2, y: y + height / 2 };
}

async function pressNextStop(page: Page): Promise<void> {
  await page.keyboard.press('Tab');
  await page.keyboard.press('Enter');
}

/**
 * Presses the form's button and sees that the service waits for the source. What is shown meanwhile comes up in what it
 * returns: the words of the button, of the announcements, and of further buttons.
 */
async function startWaiting({ origin }: World, page: Page, address: string): Promise<readonly string[]> {
  const before = origin.requests.length;
  await fillIn(page, address, '256');
  const said: string[] = [];
  page.on('console', (message) => said.push(...message.text().split('|')));
  await page.evaluate(`{
    const look = () => console.debug([
      document.querySelector('#ask').ariaBusy === 'true' ? 'busy' : 'ready',
      document.querySelector('${SUBMIT}').value,
      document.querySelector('#progress').textContent,
      document.querySelector('#cancel').checkVisibility() ? 'Cancel' : '',
    ].join('|'));
    const form = document.querySelector('#ask');
    new MutationObserver(look).observe(form, { attributes: true, childList: true, subtree: true });
  }`);
  await page.click(SUBMIT, { noWaitAfter: true });
  while (origin.requests.length === before) await sleep(10);
  return said;
}

async function expectReady(page: Page): Promise<void> {
  expect(await page.locator('#ask').getAttribute('aria-busy')).to.equal(null);
  expect(await page.inputValue(SUBMIT)).to.equal('Thumbnail it!');
  expect(await page.locator(SUBMIT).getAttribute('aria-disabled')).to.equal(null);
  expect(await page.locator('#cancel').isVisible()).to.equal(false);
}

async function makeThumbnail({ origin }: World, page: Page): Promise<void> {
  await fillIn(page, origin.url('/quick.jpg'));
  await pressSubmit(page);
}
