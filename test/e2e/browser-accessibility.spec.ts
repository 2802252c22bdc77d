import { expect } from 'chai';
import type { Page } from 'playwright-core';
import {
  type World,
  accessibilityFaults,
  describeInBrowser,
  fillIn,
  pressSubmit,
  scrollWidth,
  submitted,
  visit,
} from '../support/browser.ts';
import { photograph, plain } from '../../scripts/kit/images.ts';

const LOOKS = [
  { colorScheme: 'light', viewport: { width: 360, height: 800 } },
  { colorScheme: 'dark', viewport: { width: 1280, height: 800 } },
] as const;

/** Each state of the pages, and how one comes to it from the form. */
const STATES: Readonly<Record<string, (world: World, page: Page) => Promise<unknown>>> = {
  form: () => Promise.resolve(),
  // As if it were sent: while a page is on its way, no driver can look at the one before.
  'form that is working': (_world, page) =>
    page.evaluate(
      `document.querySelector('#ask').dispatchEvent(new SubmitEvent('submit', { cancelable: true }))`,
    ),
  'form with a file': (_world, page) => page.setInputFiles('#id_image', jpegFile('a.jpg')),
  'form with all options': async (_world, page) => {
    await page.click('summary');
    await page.selectOption('#id_width', '64');
  },
  'result of a miss': async ({ origin }, page) => {
    await fillIn(page, `${origin.url('/plain.jpg')}?${Math.random()}`, '256');
    await pressSubmit(page);
  },
  'result of a hit': async ({ origin, service }, page) => {
    await fillIn(page, origin.url('/plain.jpg'));
    await pressSubmit(page);
    await page.goto(service.url);
    await fillIn(page, origin.url('/plain.jpg'));
    await pressSubmit(page);
  },
  'result with transparency, enlarged': async ({ origin }, page) => {
    await fillIn(page, origin.url('/clear.png'), '64');
    await pressSubmit(page);
    await page.getByLabel('Enlarged').check();
  },
  'result of a sample': (_world, page) =>
    submitted(page, () => page.getByRole('button', { name: 'Balloon' }).click()),
  'result of an upload': async (_world, page) => {
    const buffer = await plain(20, 10, [9, 9, 9]).jpeg().toBuffer();
    await page.setInputFiles('#id_image', { name: 'mine.jpg', mimeType: 'image/jpeg', buffer });
    await pressSubmit(page);
  },
  'fault of the address': async ({ origin }, page) => {
    await fillIn(page, origin.url('/missing.png'));
    await pressSubmit(page);
  },
  'fault of the file': async (_world, page) => {
    await page.setInputFiles('#id_image', jpegFile('no-image.jpg'));
    await pressSubmit(page);
  },
  'fault of the size': async ({ origin }, page) => {
    await fillIn(page, origin.url('/plain.jpg'));
    await page.evaluate(`document.querySelector('option[value="128"]').value = '1'`);
    await pressSubmit(page);
  },
  'API reference': ({ service }, page) => page.goto(`${service.url}/docs`),
  'API reference with a request': async ({ service, origin }, page) => {
    const query = new URLSearchParams({ try: 'getThumbnail', url: origin.url('/plain.jpg'), size: '64' });
    await page.goto(`${service.url}/docs?${query.toString()}`);
  },
  'page for what is not there': ({ service }, page) => page.goto(`${service.url}/nowhere`),
};

describeInBrowser('people with any abilities', {
  tests: (world) => {
    before(async () => {
      const clear = await photograph({ width: 300, height: 200, alpha: 'fade' }).png().toBuffer();
      world.origin
        .serve('/clear.png', { body: clear, type: 'image/png' })
        .serve('/plain.jpg', { body: await plain(900, 600, [80, 90, 130]).jpeg().toBuffer() });
    });

    for (const { colorScheme, viewport } of LOOKS) {
      for (const [state, reach] of Object.entries(STATES)) {
        it(`can use the ${state} in ${colorScheme}, at ${viewport.width} px`, async () => {
          await using visited = await visit(world, { colorScheme, viewport });
          const { page } = visited;
          await reach(world, page);
          expect(await accessibilityFaults(page)).to.deep.equal([]);
        });
      }
    }

    it('lose nothing at 320 px, which is 1280 px at four times the size', async () => {
      await using visited = await visit(world, { viewport: { width: 320, height: 640 } });
      const { page } = visited;
      expect(await scrollWidth(page)).to.equal(320);
      await STATES['result of a miss']!(world, page);
      expect(await scrollWidth(page)).to.equal(320);
    });

    for (const path of ['/', '/?sample=lake.jpg&thumbnail_size=256', '/?sample=none', '/docs', '/nowhere']) {
      it(`read ${path} with letters of twice the size, without scrolling sideways`, async () => {
        for (const width of [360, 768, 1280]) {
          await using visited = await visit(world, { viewport: { width, height: 800 } });
          const { page } = visited;
          await page.goto(world.service.url + path);
          for (const size of ['100%', '200%']) {
            await page.evaluate(`document.documentElement.style.fontSize = '${size}'`);
            expect(await scrollWidth(page), `${size} at ${width} px`).to.equal(width);
          }
        }
      });
    }

    it('walk through the form by keyboard, see where they are, and send it with Enter', async () => {
      await using visited = await visit(world);
      const { page } = visited;
      expect(await walk(page, 10)).to.deep.equal([
        'Thumbnailer',
        'id_image_url',
        'id_image',
        'id_thumbnail_size',
        'More options',
        'Thumbnail it!',
        'lake.jpg',
        'balloon.png',
        'waves.gif',
        'API reference',
      ]);
      await page.focus('#id_image_url');
      await page.keyboard.type(world.origin.url('/plain.jpg'));
      expect(await submitted(page, () => page.keyboard.press('Enter'))).to.equal(200);
      expect(await page.textContent('#image-url')).to.equal(world.origin.url('/plain.jpg'));
    });

    it('walk through the result by keyboard', async () => {
      await using visited = await visit(world);
      const { page } = visited;
      await fillIn(page, world.origin.url('/plain.jpg'), '128');
      await pressSubmit(page);
      expect(await walk(page, 18)).to.deep.equal([
        'Thumbnailer',
        'zoom',
        'image-url',
        "Let's do another one!",
        'save',
        'View thumbnail',
        'share',
        ...['as-avif', 'as-webp', 'as-jpeg', 'as-png'],
        ...['snippet-1', 'snippet-2', 'snippet-3'].flatMap((snippet) => [`Copy ${snippet}`, snippet]),
        'API reference',
      ]);
    });

    it('see nothing move where they asked for that', async () => {
      await using visited = await visit(world, { reducedMotion: 'reduce' });
      const { page } = visited;
      await STATES['form that is working']!(world, page);
      const moving = await page.evaluate(`document.getAnimations().length`);
      expect(moving).to.equal(0);
    });
  },
});

function jpegFile(name: string): { name: string; mimeType: string; buffer: Buffer } {
  return { name, mimeType: 'image/jpeg', buffer: Buffer.from('not a picture') };
}

/** Presses Tab that many times; each stop by its id, its value or its text, once its focus is seen to be visible. */
async function walk(page: Page, steps: number): Promise<string[]> {
  const stops: string[] = [];
  for (let step = 0; step < steps; step += 1) {
    await page.keyboard.press('Tab');
    const { name, outline } = await page.evaluate<{ name: string; outline: number }>(`(() => {
      const at = document.activeElement;
      const { outlineStyle, outlineWidth } = getComputedStyle(at);
      const name = at.dataset.copy ? 'Copy ' + at.dataset.copy
        : at.getAttribute('aria-labelledby') ?? (at.id || (at.type === 'radio' && at.name) || at.value || at.textContent.trim());
      return { name, outline: outlineStyle === 'none' ? 0 : parseFloat(outlineWidth) };
    })()`);
    expect(outline, `width of the focus ring of ${name}`).to.be.at.least(2);
    stops.push(name);
  }
  return stops;
}
