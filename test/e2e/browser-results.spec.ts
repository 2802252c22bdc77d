import { expect } from 'chai';
import { photograph } from '../../scripts/kit/images.ts';
import { describeInBrowser, fillIn, imageSize, pressSubmit, visit } from '../support/browser.ts';

describeInBrowser('the address of a result', {
  tests: (world) => {
    before(async () => {
      const portrait = await photograph({ width: 600, height: 900 }).jpeg().toBuffer();
      world.origin.serve('/portrait.jpg', { body: portrait });
    });

    it('is there after the form was sent, and shows the same when it is loaded again and gone back to', async () => {
      await using visited = await visit(world);
      const { page, complaints } = visited;
      await fillIn(page, world.origin.url('/portrait.jpg'), '256');
      await page.click('summary');
      await page.selectOption('#id_fit', 'cover');
      expect(await pressSubmit(page)).to.equal(200);
      const address = page.url();
      expect(new URL(address).searchParams.get('image_url')).to.equal(world.origin.url('/portrait.jpg'));
      expect(new URL(address).searchParams.get('fit')).to.equal('cover');
      expect(await imageSize(page)).to.deep.equal({ width: 256, height: 256 });
      expect((await page.reload())?.status()).to.equal(200);
      expect(await imageSize(page)).to.deep.equal({ width: 256, height: 256 });
      await page.click("text=Let's do another one!");
      await page.goBack();
      expect(page.url()).to.equal(address);
      expect(await page.textContent('h3')).to.equal('Thumbnail result');
      expect(complaints).to.deep.equal([]);
    });

    it('can be shared with somebody who has no JavaScript', async () => {
      await using visited = await visit(world, { javaScriptEnabled: false });
      const { page } = visited;
      const query = new URLSearchParams({
        image_url: world.origin.url('/portrait.jpg'),
        thumbnail_size: '128',
      });
      const response = await page.goto(`${world.service.url}/?${query.toString()}`);
      expect(response?.status()).to.equal(200);
      expect(await imageSize(page)).to.deep.equal({ width: 85, height: 128 });
      const link = await page.getAttribute('#share', 'href');
      expect(link).to.equal(`/?${query.toString()}`);
    });

    it('says so of a format that is not to be had any more, and does not blame the browser', async () => {
      await using visited = await visit(world);
      const { page } = visited;
      let requests = 0;
      const image = await photograph({ width: 60, height: 40 }).jpeg().toBuffer();
      world.origin.serve('/once.jpg', (_request, response) => {
        requests += 1;
        response.writeHead(requests === 1 ? 200 : 500, { 'cache-control': 'no-store' }).end(image);
      });
      await fillIn(page, world.origin.url('/once.jpg'), '64');
      await pressSubmit(page);
      await page.locator('.formats').scrollIntoViewIfNeeded();
      await page.locator('#bytes-png', { hasText: /^couldn't be shown$/ }).waitFor();
    });

    it('shows the picture in every format, once it comes into view, with the bytes of each', async () => {
      await using visited = await visit(world);
      const { page, complaints } = visited;
      await fillIn(page, world.origin.url('/portrait.jpg'), '256');
      await pressSubmit(page);
      await page.locator('.formats').scrollIntoViewIfNeeded();
      for (const format of ['avif', 'webp', 'jpeg', 'png']) {
        const shown = page.locator(`#bytes-${format}`, { hasText: /^[\d.]+ (kB|bytes)$/ });
        await shown.waitFor({ timeout: 20_000 });
        const src = await page.getAttribute(`#as-${format} img`, 'src');
        if (src?.startsWith('data:') === true) continue;
        const answer = await fetch(world.service.url + src!);
        expect(answer.headers.get('content-type')).to.equal(`image/${format}`);
        const bytes = (await answer.arrayBuffer()).byteLength;
        expect(await shown.innerText()).to.equal(`${Math.round(bytes / 100) / 10} kB`);
      }
      expect(complaints).to.deep.equal([]);
    });
  },
});
