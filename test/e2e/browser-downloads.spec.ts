import { expect } from 'chai';
import { plain } from '../../scripts/kit/images.ts';
import { describeInBrowser } from '../support/browser.ts';

/** Asked for, and the name under which the browser saves it. */
const NAMES: readonly (readonly [path: string, filename: string | undefined, saved: string])[] = [
  ['/photo.png', undefined, 'photo.webp'],
  ['/photo.png', 'Zoë’s 100% “fox” 🦊.png', 'Zoë’s 100% “fox” 🦊.webp'],
  ['/photo.png', "it's (a) *test*; x=y", "it's (a) -test-; x=y.webp"],
  ['/photo.png', '../../evil.sh', 'evil.sh.webp'],
  ['/%E6%9D%B1%E4%BA%AC.png', undefined, '東京.webp'],
];

describeInBrowser('a browser that saves a thumbnail', {
  tests: (world) => {
    it('names it as asked for, or as its source', async () => {
      const body = await plain(80, 60, [255, 0, 0]).png().toBuffer();
      const page = await world.browser.newPage();
      for (const [path, filename, saved] of NAMES) {
        world.origin.serve(path, { body, type: 'image/png' });
        const parameters = new URLSearchParams({
          url: world.origin.url(path),
          size: '64',
          format: 'webp',
          download: 'true',
          ...(filename !== undefined && { filename }),
        });
        const [download] = await Promise.all([
          page.waitForEvent('download'),
          page.goto(`${world.service.url}/thumbnail?${parameters.toString()}`).catch(() => undefined),
        ]);
        expect(download.suggestedFilename()).to.equal(saved);
      }
      await page.close();
    });
  },
});
