import { expect } from 'chai';
import type { Page } from 'playwright-core';
import {
  describeInBrowser,
  fillIn,
  imageSize,
  pressSubmit,
  scrollWidth,
  submitted,
  visit,
} from '../support/browser.ts';
import { photograph, plain } from '../../scripts/kit/images.ts';

const SAMPLES = [
  { label: 'Lake', name: 'lake.jpg', original: '1680×1120', type: 'image/jpeg' },
  { label: 'Balloon', name: 'balloon.png', original: '800×960', type: 'image/png' },
  { label: 'Waves', name: 'waves.gif', original: '320×320', type: 'image/gif' },
];

describeInBrowser('a first visit without an image', {
  tests: (world) => {
    for (const { label, name, original, type } of SAMPLES) {
      it(`gets the thumbnail of a sample: ${label}`, async () => {
        for (const [width, javaScriptEnabled] of [
          [360, false],
          [1280, true],
        ] as const) {
          await using visited = await visit(world, { viewport: { width, height: 800 }, javaScriptEnabled });
          const { page, complaints } = visited;
          await page.getByLabel('Thumbnail size (largest dim.)').selectOption('256');
          // Nothing of what stands in the fields is in its way.
          await page.getByLabel('Image URL').fill('no address');
          const press = () => page.getByRole('button', { name: label }).click();
          expect(await submitted(page, press)).to.equal(200);
          expect(await page.textContent('h3')).to.equal('Thumbnail result');
          const address = `${world.service.url}/samples/${name}`;
          expect(await page.textContent('#image-url')).to.equal(address);
          expect(await page.textContent('#original-size')).to.equal(original);
          expect(await page.textContent('#cache-status')).to.equal(javaScriptEnabled ? 'hit' : 'miss');
          const { width: wide, height: high } = await imageSize(page);
          expect(Math.max(wide, high)).to.equal(256);
          expect(await scrollWidth(page)).to.be.at.most(width);
          expect(complaints).to.deep.equal([]);
          const sample = await fetch(address);
          expect(sample.headers.get('content-type')).to.equal(type);
        }
        expect(world.origin.requests).to.deep.equal([]);
      });
    }

    it('finds the samples small enough to be brought along', async () => {
      const sizes = await Promise.all(
        SAMPLES.map(
          async ({ name }) => (await (await fetch(`${world.service.url}/samples/${name}`)).bytes()).length,
        ),
      );
      expect(sizes.reduce((sum, size) => sum + size)).to.be.within(100_000, 500_000);
    });
  },
});

describeInBrowser('an image of one’s own', {
  tests: (world) => {
    let jpeg: Buffer;
    before(async () => {
      jpeg = await photograph({ width: 600, height: 400 }).jpeg().toBuffer();
      world.origin.serve('/other.png', {
        body: await plain(50, 50, [1, 2, 3]).png().toBuffer(),
        type: 'image/png',
      });
    });
    const file = () => ({ name: "it's a <photo>.jpg", mimeType: 'image/jpeg', buffer: jpeg });

    for (const [width, javaScriptEnabled] of [
      [360, false],
      [1280, true],
    ] as const) {
      it(`is chosen and uploaded at ${width} px ${javaScriptEnabled ? 'with' : 'without'} JavaScript`, async () => {
        await using visited = await visit(world, { viewport: { width, height: 800 }, javaScriptEnabled });
        const { page, complaints } = visited;
        await page.getByLabel('or upload an image').setInputFiles(file());
        expect(await pressSubmit(page)).to.equal(200);
        await expectUploaded(page, file().name);
        expect(await scrollWidth(page)).to.be.at.most(width);
        expect(complaints).to.deep.equal([]);
      });
    }

    it('goes before an address', async () => {
      await using visited = await visit(world);
      const { page } = visited;
      await fillIn(page, world.origin.url('/other.png'));
      await page.getByLabel('or upload an image').setInputFiles(file());
      expect(await pressSubmit(page)).to.equal(200);
      await expectUploaded(page, file().name);
      expect(world.origin.hits('/other.png')).to.equal(0);
    });

    it('can be put back, and the address counts again', async () => {
      await using visited = await visit(world);
      const { page } = visited;
      await fillIn(page, world.origin.url('/other.png'));
      expect(await page.locator('#remove').isVisible()).to.equal(false);
      await page.getByLabel('or upload an image').setInputFiles(file());
      await page.click('text=Remove');
      expect(await page.locator('#id_image:focus').count()).to.equal(1);
      expect(await pressSubmit(page)).to.equal(200);
      expect(await page.textContent('#original-size')).to.equal('50×50');
    });

    it('is refused beside its field where it is no image', async () => {
      await using visited = await visit(world);
      const { page } = visited;
      const text = { name: 'notes.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('no image at all') };
      await page.getByLabel('or upload an image').setInputFiles(text);
      expect(await pressSubmit(page)).to.equal(422);
      expect((await page.textContent('#error'))?.trim()).to.match(/^Can't process input image/);
      expect(await page.getAttribute('#id_image', 'aria-invalid')).to.equal('true');
      expect(await page.getAttribute('#id_image_url', 'aria-invalid')).to.equal(null);
    });

    for (const event of ['drop', 'paste'] as const) {
      it(`is taken by ${event}`, async () => {
        await using visited = await visit(world);
        const { page, complaints } = visited;
        await hand(page, event, { base64: jpeg.toString('base64') });
        expect(await page.textContent('#progress')).to.equal('Chosen: handed.jpg');
        expect(await page.locator('#remove').isVisible()).to.equal(true);
        expect(await pressSubmit(page)).to.equal(200);
        await expectUploaded(page, 'handed.jpg');
        expect(complaints).to.deep.equal([]);
      });
    }

    it('is taken by its address where that is what is dropped, as from another page', async () => {
      await using visited = await visit(world);
      const { page } = visited;
      await hand(page, 'drop', { address: world.origin.url('/other.png') });
      expect(await page.inputValue('#id_image_url')).to.equal(world.origin.url('/other.png'));
    });

    for (const event of ['drop', 'paste'] as const) {
      it(`gives way to an address that comes after it by ${event}`, async () => {
        await using visited = await visit(world);
        const { page } = visited;
        await page.getByLabel('or upload an image').setInputFiles(file());
        await hand(page, event, { text: world.origin.url('/other.png') });
        expect(await page.locator('#remove').isVisible()).to.equal(false);
        expect(await pressSubmit(page)).to.equal(200);
        expect(await page.textContent('#original-size')).to.equal('50×50');
      });
    }

    it('is taken by an address that is pasted while a button has the focus', async () => {
      await using visited = await visit(world);
      const { page } = visited;
      for (const onto of ['input[type=submit]', '#id_image']) {
        await page.fill('#id_image_url', '');
        await hand(page, 'paste', { text: world.origin.url('/other.png'), onto });
        expect(await page.inputValue('#id_image_url')).to.equal(world.origin.url('/other.png'));
      }
    });

    it('is taken by its address that is pasted beside the fields, and text that is none is not', async () => {
      await using visited = await visit(world);
      const { page } = visited;
      await hand(page, 'drop', { text: 'only words' });
      expect(await page.locator('#progress').innerText()).to.equal('Drop an image, or a link to one.');
      await hand(page, 'paste', { text: 'only words' });
      expect(await page.inputValue('#id_image_url')).to.equal('');
      await hand(page, 'paste', { text: world.origin.url('/other.png') });
      expect(await page.inputValue('#id_image_url')).to.equal(world.origin.url('/other.png'));
      expect(await pressSubmit(page)).to.equal(200);
    });

    it('is taken by an address without https://, as the field takes one, and not by the path of a file', async () => {
      await using visited = await visit(world);
      const { page } = visited;
      for (const event of ['drop', 'paste'] as const) {
        await page.fill('#id_image_url', '');
        for (const text of ['C:/photos/a.jpg', 'file:///photos/a.jpg', 'a.jpg'])
          await hand(page, event, { text });
        expect(await page.inputValue('#id_image_url')).to.equal('');
        await hand(page, event, { text: 'images.example/a.jpg' });
        expect(await page.inputValue('#id_image_url')).to.equal('images.example/a.jpg');
      }
    });

    it('is taken by its address where a picture of the address comes with it, as from a spreadsheet', async () => {
      await using visited = await visit(world);
      const { page } = visited;
      const copied = { base64: jpeg.toString('base64'), text: `${world.origin.url('/other.png')}\\r\\nmore` };
      await hand(page, 'paste', { ...copied, onto: '#id_image_url' });
      expect(await page.locator('#remove').isVisible()).to.equal(false);
      await hand(page, 'paste', copied);
      expect(await page.locator('#remove').isVisible()).to.equal(false);
      expect(await page.inputValue('#id_image_url')).to.equal(world.origin.url('/other.png'));
      await hand(page, 'paste', { ...copied, text: 'handed.jpg', onto: '#id_image_url' });
      expect(await page.textContent('#progress')).to.equal('Chosen: handed.jpg');
    });

    it('is taken whatever type the browser gives it, and asked for again where it is none', async () => {
      await using visited = await visit(world);
      const { page } = visited;
      await hand(page, 'drop', { base64: btoa('%PDF-1.7'), type: '' });
      expect(await page.locator('#progress').innerText()).to.equal('Chosen: handed.jpg');
      expect(await pressSubmit(page)).to.equal(422);
      expect(await page.textContent('#error')).to.include('PDF');
      expect(await page.textContent('#image-hint')).to.include('Choose it again');
    });

    it('leaves text alone that is pasted into a field', async () => {
      await using visited = await visit(world, { permissions: ['clipboard-read', 'clipboard-write'] });
      const { page } = visited;
      await page.evaluate(`navigator.clipboard.writeText('http://a.example/b.png')`);
      await page.getByLabel('Image URL').press('Control+V');
      expect(await page.inputValue('#id_image_url')).to.equal('http://a.example/b.png');
    });
  },
});

async function expectUploaded(page: Page, name: string): Promise<void> {
  expect(await page.textContent('h3')).to.equal('Thumbnail result');
  expect(await page.textContent('h2')).to.equal(name);
  expect(await page.textContent('#original-size')).to.equal('600×400');
  expect(await page.locator('#image-url').count()).to.equal(0);
  expect(await page.textContent('pre')).to.include('--data-binary');
  expect(await imageSize(page)).to.deep.equal({ width: 128, height: 85 });
}

/** As a hand or the clipboard would, onto the middle of the page unless told otherwise. */
async function hand(
  page: Page,
  event: 'drop' | 'paste',
  {
    base64 = '',
    type = 'image/jpeg',
    address = '',
    text = '',
    onto = 'body',
  }: {
    readonly base64?: string;
    readonly type?: string;
    readonly address?: string;
    readonly text?: string;
    readonly onto?: string;
  },
): Promise<void> {
  await page.evaluate(`{
    const transfer = new DataTransfer();
    const bytes = Uint8Array.from(atob('${base64}'), (character) => character.charCodeAt(0));
    if (bytes.length > 0) transfer.items.add(new File([bytes], 'handed.jpg', { type: '${type}' }));
    if ('${address}' !== '') transfer.setData('text/uri-list', '${address}\\r\\n');
    if ('${text}' !== '') transfer.setData('text/plain', '${text}');
    const given = { bubbles: true, cancelable: true, dataTransfer: transfer, clipboardData: transfer };
    document.querySelector('${onto}').dispatchEvent(
      '${event}' === 'drop' ? new DragEvent('drop', given) : new ClipboardEvent('paste', given),
    );
  }`);
}
