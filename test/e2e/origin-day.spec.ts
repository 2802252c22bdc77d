import type { RequestListener } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { BACKENDS, type Colour, Fleet } from '../support/fleet.ts';

const PATH = '/day';

/** Longer than the origin's answers are fresh, and than a refresh is held back (CACHE_TTL_MIN). */
const STALE_AFTER_MS = 1100;

/** Until all processes show what one of them has made: two seconds are promised. */
const SEEN_WITHIN_MS = 2500;
/** The same on a machine that is slow or busy; without the promise it would be the day of CACHE_TTL. */
const SEEN_AT_LAST_MS = 15_000;

for (const backend of BACKENDS) {
  const { name, missing } = backend;
  describe(`a day in the life of an origin, with two processes that share ${name}${missing === undefined ? '' : ` (${missing})`}`, function () {
    let fleet: Fleet;

    before(async function () {
      if (missing !== undefined) this.skip();
      fleet = await Fleet.start(backend, { THUMBNAIL_CACHE: `memory,${name}`, CACHE_TTL_MIN: '1s' });
    });
    after(() => (missing === undefined ? fleet[Symbol.asyncDispose]() : undefined));

    const answer = (listener: RequestListener) => fleet.origin.serve(PATH, listener);
    const ask = (process: number, how: Parameters<Fleet['ask']>[1] = {}) =>
      fleet.ask(process, { path: PATH, ...how });
    /** Until the origin is asked: it is not where it was a moment ago, behind an answer. */
    const refresh = async (process: number) => {
      const hits = fleet.origin.hits(PATH);
      for (let tries = 1; ; tries += 1) {
        await sleep(STALE_AFTER_MS);
        const shown = await ask(process, { refresh: true });
        if (fleet.origin.hits(PATH) > hits || tries === 5) return shown;
      }
    };
    /** Whatever the origin does, and whichever process is asked: as often as this, now and once it has been asked. */
    const expectEverywhere = async (colour: Colour) => {
      for (const process of [0, 1, 0, 1]) {
        expect(await ask(process), `process ${process}`).to.include({ status: 200, colour });
        await sleep(100);
      }
    };
    const expectSoonEverywhere = async (colour: Colour) => {
      const until = Date.now() + SEEN_AT_LAST_MS;
      for (const process of [0, 1]) {
        while ((await ask(process)).colour !== colour) {
          expect(Date.now(), `process ${process} shows ${colour}`).to.be.below(until);
          await sleep(50);
        }
      }
      await expectEverywhere(colour);
    };

    it('it is up', async () => {
      fleet.paintValidated('red', PATH, { 'cache-control': 'max-age=1' });
      await expectEverywhere('red');
    });

    it('it is slow: nobody waits for it who can be shown an older one', async () => {
      const held: (() => void)[] = [];
      answer((_request, response) => {
        held.push(() => {
          response.writeHead(200, { 'cache-control': 'max-age=1', etag: '"red"' });
          response.end(fleet.imageOf('red'));
        });
      });
      await sleep(STALE_AFTER_MS);
      await expectEverywhere('red');
      expect(held, 'requests under way').to.have.length(1);
      held[0]?.();
    });

    it('it says that nothing has changed, and nothing else', async () => {
      let asked = 0;
      answer((request, response) => {
        asked += 1;
        expect(request.headers['if-none-match']).to.equal('"red"');
        response.writeHead(304).end();
      });
      expect(await refresh(0)).to.include({ status: 200, colour: 'red' });
      expect(asked).to.equal(1);
      // Fresh for a second again, as the image's own answer said, and not for the day of CACHE_TTL.
      expect((await ask(0)).headers.get('cache-control')).to.match(/^public, max-age=[01],/);
      await expectEverywhere('red');
    });

    for (const [what, listener] of [
      [
        'a page that says that it is under maintenance',
        (_request, response) => {
          response.writeHead(200, { 'content-type': 'text/html', 'cache-control': 'no-store' });
          response.end('<!doctype html><title>Back soon</title>');
        },
      ],
      ['nothing at all', (_request, response) => void response.writeHead(200).end()],
      [
        'half an image, and says how long it would be',
        (_request, response) => {
          const image = fleet.imageOf('blue');
          response.writeHead(200, { 'content-type': 'image/png', 'content-length': image.length });
          response.write(image.subarray(0, image.length / 2), () => response.destroy());
        },
      ],
      [
        'half an image, and does not say so',
        (_request, response) => {
          const image = fleet.imageOf('blue');
          response.writeHead(200, { 'content-type': 'image/png', connection: 'close' });
          response.end(image.subarray(0, image.length / 2));
        },
      ],
      ['503', (_request, response) => void response.writeHead(503, { 'retry-after': '120' }).end()],
      ['403, as a firewall does', (_request, response) => void response.writeHead(403).end()],
      ['nothing: it hangs up', (request) => void request.socket.destroy()],
      [
        'a redirect to itself',
        (_request, response) => void response.writeHead(302, { location: PATH }).end(),
      ],
      [
        'a redirect to where nobody may go',
        (_request, response) => void response.writeHead(302, { location: 'http://10.0.0.1/' }).end(),
      ],
    ] as readonly (readonly [string, RequestListener])[]) {
      it(`it answers with ${what}: the older one stays, and a refresh that fails is answered with it`, async () => {
        answer(listener);
        const hits = fleet.origin.hits(PATH);
        expect(await refresh(0)).to.include({ status: 200, colour: 'red' });
        expect(fleet.origin.hits(PATH), 'it was asked').to.be.above(hits);
        await expectEverywhere('red');
      });
    }

    it('it fails: other sizes fail alike, with its own Retry-After, and work as soon as it does', async () => {
      const path = '/new';
      fleet.origin.serve(path, (_request, response) => {
        response.writeHead(503, { 'retry-after': '30', 'cache-control': 'no-store' }).end();
      });
      for (const size of ['64', '128', '256']) {
        const { status, headers } = await fleet.ask(Number(size) / 64, { path, size });
        expect(status).to.equal(502);
        expect(Number(headers.get('retry-after'))).to.be.within(1, 30);
      }
      expect(fleet.origin.hits(path)).to.equal(1);
      fleet.origin.serve('/page', (_request, response) => {
        response.writeHead(200, { 'content-type': 'text/html', 'cache-control': 'no-store' }).end('<html>');
      });
      expect(await fleet.ask(0, { path: '/page' })).to.include({ status: 422 });
      fleet.paint('blue', '/page');
      for (const size of ['64', '128'])
        expect(await fleet.ask(1, { path: '/page', size })).to.include({ status: 200, colour: 'blue' });
    });

    it('it has moved, and has another image there: a refresh of one process is seen by all', async () => {
      fleet.origin.serve(PATH, { redirect: '/moved', status: 301 });
      fleet.paintValidated('blue', '/moved', { 'cache-control': 'max-age=86400' });
      const hits = fleet.origin.hits('/moved');
      await sleep(STALE_AFTER_MS);
      const refreshes = await Promise.all(
        Array.from({ length: 20 }, (_, index) => ask(index, { refresh: true })),
      );
      expect(refreshes.every(({ colour }) => colour === 'blue')).to.equal(true);
      expect(fleet.origin.hits('/moved') - hits, 'of 20 refreshes in two processes').to.equal(1);
      await expectSoonEverywhere('blue');
    });

    it('it asks for privacy: what was kept is gone with that answer, and nothing is kept', async () => {
      fleet.paint('green', PATH, { 'cache-control': 'private, max-age=600' });
      const { colour, headers } = await refresh(1);
      expect([colour, headers.get('cache-control')]).to.deep.equal(['green', 'private, no-store']);
      await expectEverywhere('green');
      fleet.paint('red', PATH, { 'cache-control': 'no-store' });
      await expectEverywhere('red');
    });

    it('it is gone, and comes back', async () => {
      fleet.paint('blue', PATH);
      await expectSoonEverywhere('blue');
      fleet.origin.serve(PATH, { status: 410 });
      expect(await refresh(0)).to.include({ status: 404 });
      for (const process of [1, 0]) expect(await ask(process, { size: '256' })).to.include({ status: 404 });
      await sleep(SEEN_WITHIN_MS);
      for (const process of [0, 1, 0, 1]) expect(await ask(process)).to.include({ status: 404 });
      fleet.paint('green', PATH);
      expect(await refresh(1)).to.include({ status: 200, colour: 'green' });
      await expectSoonEverywhere('green');
      expect(await ask(0, { size: '256' })).to.include({ status: 200, colour: 'green' });
    });
  });
}
