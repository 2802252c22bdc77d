import { expect } from 'chai';
import type { Page } from 'playwright-core';
import { plain } from '../../scripts/kit/images.ts';
import { startOrigin } from '../../scripts/kit/origin.ts';
import { RunningService } from '../../scripts/kit/running-service.ts';
import { describeInBrowser } from '../support/browser.ts';

const HTML = { body: '<!doctype html><title>Another site</title>', type: 'text/html' };

describeInBrowser('a page of another site', {
  tests: (world) => {
    let photo: string;
    let page: Page;

    before(async () => {
      world.origin.serve('/', HTML).serve('/photo.png', {
        body: await plain(400, 300, [255, 0, 0]).png().toBuffer(),
        type: 'image/png',
      });
      photo = world.origin.url('/photo.png');
    });
    beforeEach(async () => {
      page = await world.browser.newPage();
      await page.goto(world.origin.url('/'));
    });
    afterEach(() => page.close());

    const thumbnail = (service: RunningService, url = photo) =>
      `${service.url}/thumbnail?${new URLSearchParams({ url, size: '64', format: 'png' }).toString()}`;
    /** Runs an expression in the page; a request that the browser forbids is `forbidden`. */
    const run = <T>(expression: string) =>
      page.evaluate<T | 'forbidden'>(`(async () => ${expression})().catch(() => 'forbidden')`);
    const fetched = (url: string, init: object = {}) =>
      run<{ status: number; type: string; cacheStatus: string; etag: string; requestId: string }>(
        `{ const answer = await fetch(${JSON.stringify(url)}, ${JSON.stringify(init)});
          const { status, headers } = answer;
          await answer.arrayBuffer();
          const [type, cacheStatus, etag, requestId] =
            ['content-type', 'cache-status', 'etag', 'x-request-id'].map((name) => headers.get(name));
          return { status, type, cacheStatus, etag, requestId }; }`,
      );

    it('draws a thumbnail on a canvas and reads its pixels, made and as a hit', async () => {
      for (const times of ['first', 'again']) {
        const pixel = await run(
          `{ const image = new Image(); image.crossOrigin = 'anonymous';
            image.src = ${JSON.stringify(thumbnail(world.service))} + '&fit=cover'; await image.decode();
            const context = document.createElement('canvas').getContext('2d');
            context.drawImage(image, 0, 0);
            return [image.naturalWidth, ...context.getImageData(1, 1, 1, 1).data]; }`,
        );
        expect(pixel, times).to.deep.equal([64, 255, 0, 0, 255]);
      }
    });

    it('fetches a thumbnail, its headers and how long it took', async () => {
      for (const status of [/miss/, /hit/]) {
        // A header of one's own is asked for first, in a preflight.
        const answer = await fetched(thumbnail(world.service), {
          cache: 'no-store',
          headers: { 'X-Own': '1' },
        });
        expect(answer).to.include({ status: 200, type: 'image/png' });
        expect(answer).to.have.property('cacheStatus').that.matches(status);
        expect(answer).to.have.property('etag').that.matches(/^"/);
      }
      // A browser reports a resource some time after its body has been read.
      await page.waitForFunction(
        `performance.getEntriesByType('resource').some(({ serverTiming }) => serverTiming.some(({ name }) => name === 'total'))`,
      );
    });

    it('fetches an error and the OpenAPI document', async () => {
      const missing = await fetched(thumbnail(world.service, world.origin.url('/missing.png')));
      expect(missing).to.include({ status: 404, type: 'application/problem+json' });
      expect(missing).to.have.property('requestId').that.matches(/^\S+$/);
      expect(await fetched(`${world.service.url}/openapi.json`)).to.include({ status: 200 });
      expect(await fetched(world.service.url)).to.equal('forbidden');
    });

    it('uploads only where its site is listed by name, with a preflight and without one', async () => {
      await using site = await startOrigin();
      site.serve('/', HTML);
      await using listing = await RunningService.start({ ALLOWED_ORIGINS: new URL(site.url('/')).origin });
      const uploaded = (service: RunningService, headers: object) =>
        run(
          `{ const photo = await (await fetch('/photo.png')).blob();
            const form = new FormData(); form.set('image', photo);
            const init = ${JSON.stringify(headers)}['Content-Type'] ? { body: photo } : { body: form };
            const answer = await fetch(${JSON.stringify(`${service.url}/thumbnail?size=64&format=png`)},
              { method: 'POST', headers: ${JSON.stringify(headers)}, ...init });
            return answer.status; }`,
        );
      const ways = [{ 'Content-Type': 'image/png' }, {}];
      for (const headers of ways) {
        expect(await uploaded(world.service, headers)).to.equal('forbidden');
        expect(await uploaded(listing, headers)).to.equal('forbidden');
      }
      site.serve('/photo.png', {
        body: await plain(40, 30, [255, 0, 0]).png().toBuffer(),
        type: 'image/png',
      });
      await page.goto(site.url('/'));
      for (const headers of ways) expect(await uploaded(listing, headers)).to.equal(200);
      expect(await fetched(thumbnail(listing))).to.include({ status: 200 });
      await page.goto(world.origin.url('/'));
      expect(await fetched(thumbnail(listing))).to.equal('forbidden');
      const uploads = [...(await world.service.logUntilNow()), ...(await listing.logUntilNow())]
        .filter(({ method }) => method === 'POST' || method === 'OPTIONS')
        .map(({ method, status }) => `${String(method)} ${String(status)}`);
      expect(uploads).to.include.members(['OPTIONS 204', 'POST 403', 'POST 200']);
    });
  },
});
