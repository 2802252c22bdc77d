import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import sharp from 'sharp';
import { BACKENDS, Fleet, type Shown } from '../support/fleet.ts';

const PROCESSES = 3;
const REQUESTS = 200;

/** An origin that answers when it is told to: nobody can say how long it takes. */
class SlowImage {
  readonly waiting: ServerResponse[] = [];
  readonly #fleet: Fleet;
  hits = 0;

  constructor(fleet: Fleet, path: string) {
    this.#fleet = fleet;
    fleet.origin.serve(path, (_request, response) => {
      this.hits += 1;
      this.waiting.push(response);
    });
  }

  async asked(times: number): Promise<void> {
    while (this.hits < times) await sleep(10);
  }

  answer(
    headers: Record<string, string> = { 'content-type': 'image/png', 'cache-control': 'max-age=3600' },
    body: Buffer | string = this.#fleet.imageOf('red'),
  ): void {
    for (const response of this.waiting) response.writeHead(200, headers).end(body);
  }
}

for (const backend of BACKENDS) {
  const { name, missing } = backend;
  describe(`${PROCESSES} processes that share ${name} and a slow origin${missing === undefined ? '' : ` (${missing})`}`, function () {
    let fleet: Fleet;

    before(async function () {
      if (missing !== undefined) this.skip();
      const settings = { THUMBNAIL_CACHE: `memory,${name}`, SOURCE_TIMEOUT: '30s' };
      fleet = await Fleet.start(backend, settings, PROCESSES);
    });
    after(() => (missing === undefined ? fleet[Symbol.asyncDispose]() : undefined));

    const crowd = (path: string): Promise<Shown>[] =>
      Array.from({ length: REQUESTS }, (_, index) => fleet.ask(index % PROCESSES, { path }));
    const expectRed = (answers: readonly Shown[]) =>
      expect(new Set(answers.map(({ status, colour }) => `${status} ${colour}`))).to.deep.equal(
        new Set(['200 red']),
      );

    it('fetch once, however long it takes', async () => {
      const image = new SlowImage(fleet, '/slow');
      const answers = crowd('/slow');
      // Several times as long as a lease lasts that nobody renews.
      await sleep(6000);
      expect(image.hits).to.equal(1);
      image.answer();
      expectRed(await Promise.all(answers));
      expect(image.hits).to.equal(1);
    });

    it('do not fetch one after another where the origin wants its images kept nowhere', async () => {
      let asked = 0;
      const all = Promise.withResolvers<undefined>();
      fleet.origin.serve('/private', (_request, response) => {
        asked += 1;
        if (asked === PROCESSES) all.resolve(undefined);
        response.writeHead(200, { 'content-type': 'image/png', 'cache-control': 'no-store' });
        // All but the first are answered once each of them has asked.
        void (asked === 1 ? sleep(500) : all.promise).then(() => response.end(fleet.imageOf('red')));
      });
      expectRed(await Promise.all(crowd('/private')));
      expect(asked).to.be.at.least(PROCESSES);
    });

    it('do not fetch one after another what only the memory of each has room for', async () => {
      const side = 1300;
      const noise = Buffer.from(Array.from({ length: side * side * 3 }, () => Math.random() * 256));
      const image = sharp(noise, { raw: { width: side, height: side, channels: 3 } });
      const body = await image.png({ compressionLevel: 0 }).toBuffer();
      let asked = 0;
      const all = Promise.withResolvers<undefined>();
      fleet.origin.serve('/large', (_request, response) => {
        asked += 1;
        if (asked === PROCESSES) all.resolve(undefined);
        response.writeHead(200, { 'content-type': 'image/png', 'cache-control': 'max-age=3600' });
        void (asked === 1 ? sleep(500) : all.promise).then(() => response.end(body));
      });
      const ask = (process: number) =>
        fleet.ask(process, { path: '/large', size: String(side), signed: true });
      const answers = await Promise.all(Array.from({ length: PROCESSES }, (_, process) => ask(process)));
      expect(answers.map(({ status }) => status)).to.deep.equal([200, 200, 200]);
      expect((await ask(0)).cacheStatus, 'from memory').to.include('hit');
      expect(asked).to.equal(PROCESSES);
    });

    it('fetch once where the origin answers with no image, and wants that kept nowhere', async () => {
      const image = new SlowImage(fleet, '/maintenance');
      const answers = Array.from({ length: 12 }, (_, index) => fleet.ask(index, { path: '/maintenance' }));
      await image.asked(1);
      await sleep(1000);
      image.answer({ 'content-type': 'text/html', 'cache-control': 'no-store' }, '<title>Back soon</title>');
      expect(new Set((await Promise.all(answers)).map(({ status }) => status))).to.deep.equal(new Set([422]));
      expect(image.hits).to.equal(1);
      fleet.paint('red', '/maintenance');
      expectRed([await fleet.ask(1, { path: '/maintenance' })]);
    });

    it('fetch once more where the one that fetches is killed', async () => {
      const image = new SlowImage(fleet, '/killed');
      const ofTheLeader = fleet.ask(0, { path: '/killed' }).catch(() => 'cut off');
      await image.asked(1);
      const others = Array.from({ length: REQUESTS }, (_, index) =>
        fleet.ask(1 + (index % (PROCESSES - 1)), { path: '/killed' }),
      );
      await sleep(1000);
      expect(image.hits, 'while the first works').to.equal(1);
      await fleet.services[0]?.stop('SIGKILL');
      const killedAt = performance.now();
      await image.asked(2);
      expect(performance.now() - killedAt, 'until another takes its place').to.be.below(15_000);
      await sleep(3000);
      image.answer();
      expectRed(await Promise.all(others));
      expect(await ofTheLeader).to.equal('cut off');
      expect(image.hits).to.equal(2);
    });
  });
}
