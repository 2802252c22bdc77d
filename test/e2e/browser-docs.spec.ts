import { expect } from 'chai';
import { plain } from '../../scripts/kit/images.ts';
import { accessibilityFaults, describeInBrowser, visit } from '../support/browser.ts';

describeInBrowser('the API reference in a browser', {
  environment: { BASE_PATH: '/img' },
  tests: (world) => {
    before(async () => {
      world.origin.serve('/plain.jpg', { body: await plain(90, 60, [80, 90, 130]).jpeg().toBuffer() });
    });

    it('makes a thumbnail without JavaScript, and shows the request', async () => {
      await using visited = await visit(world, { javaScriptEnabled: false });
      const { page, complaints } = visited;
      await page.getByRole('link', { name: 'API reference' }).click();
      const form = page.getByRole('form', { name: 'Try GET /thumbnail' });
      await form.getByLabel('url').fill(world.origin.url('/plain.jpg'));
      await form.getByLabel('size').selectOption('64');
      await form.getByLabel('fit').selectOption('cover');
      await form.getByRole('button', { name: 'Try it' }).click();
      await page.waitForURL('**/docs?*#getThumbnail');
      const width = await page.evaluate(
        `(async (image) => { await image.decode(); return image.naturalWidth; })(document.querySelector('.tried img'))`,
      );
      expect(width).to.equal(60);
      // Who does not see it is not told that it is missing.
      expect(await page.getByRole('img', { name: /^The thumbnail\./ }).count()).to.equal(1);
      expect(await page.getByRole('group', { name: 'Your request' }).textContent()).to.include(
        `${world.service.url}/thumbnail?url=`,
      );
      expect(await form.getByLabel('fit').inputValue()).to.equal('cover');
      expect(complaints).to.deep.equal([]);
    });

    it('shows the answer itself with JavaScript: status, headers, and what a text says', async () => {
      await using visited = await visit(world);
      const { page, complaints } = visited;
      for (const [id, path, expected] of [
        ['getThumbnail', '/plain.jpg', ['HTTP 200', 'content-type: image/', '(the bytes of the image)']],
        ['getThumbnail', '/missing.jpg', ['HTTP 404', '"code": "source-not-found"']],
        ['getInfo', '/plain.jpg', ['HTTP 200', 'etag: "', '"width": 90']],
      ] as const) {
        const query = new URLSearchParams({ try: id, url: world.origin.url(path) });
        if (id === 'getThumbnail') query.set('size', '64');
        await page.goto(`${world.service.url}/docs?${query.toString()}`);
        const answer = page.getByRole('group', { name: 'The answer' });
        await answer.waitFor();
        for (const text of expected) expect(await answer.innerText()).to.include(text);
        expect(await accessibilityFaults(page)).to.deep.equal([]);
      }
      expect(complaints).to.deep.equal([]);
    });

    it('sends an image along without JavaScript, and shows facts', async () => {
      await using visited = await visit(world, { javaScriptEnabled: false });
      const { page } = visited;
      await page.goto(`${world.service.url}/docs`);
      const buffer = await plain(90, 60, [9, 9, 9]).jpeg().toBuffer();
      const file = { name: 'mine.jpg', mimeType: 'image/jpeg', buffer };
      const form = page.getByRole('form', { name: 'Try POST /info' });
      await form.getByLabel('Image to send').setInputFiles(file);
      await form.getByRole('button', { name: 'Send', exact: true }).click();
      await page.waitForURL('**/info');
      expect(await page.textContent('body')).to.include('"width":90,"height":60');
    });
  },
});
