import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { plain } from '../../scripts/kit/images.ts';
import { type Origin, startOrigin } from '../../scripts/kit/origin.ts';
import { RunningService } from '../../scripts/kit/running-service.ts';

/** A little more than the second for which the origin's answers are fresh. */
const STALE_AFTER_MS = 1100;
const DEADLINE_MS = 30_000;

describe('an image that changes, and its server that comes and goes', () => {
  let origin: Origin;
  let service: RunningService;
  const images = new Map<string, Buffer>();

  before(async () => {
    origin = await startOrigin();
    service = await RunningService.start({ CACHE_TTL_MIN: '1s' });
    images.set('"red"', await plain(200, 100, [200, 0, 0]).png().toBuffer());
    images.set('"blue"', await plain(100, 200, [0, 0, 200]).png().toBuffer());
  });
  after(async () => {
    expect(await service.stop()).to.equal(0);
    await origin[Symbol.asyncDispose]();
  });

  const serve = (etag: string) =>
    origin.serve('/image', (request, response) => {
      const isKnown = request.headers['if-none-match'] === etag;
      response.writeHead(isKnown ? 304 : 200, { etag, 'cache-control': 'max-age=1' });
      response.end(isKnown ? undefined : images.get(etag));
    });

  const ask = async () => {
    const query = new URLSearchParams({ url: origin.url('/image'), size: '64', format: 'png' }).toString();
    const response = await fetch(`${service.url}/thumbnail?${query}`);
    await response.arrayBuffer();
    const ttl = Number(/hit; ttl=(-?\d+)/.exec(response.headers.get('cache-status') ?? '')?.[1] ?? NaN);
    return { status: response.status, isStale: ttl < 0, isHit: ttl >= 0, etag: response.headers.get('etag') };
  };

  /** Asks until the answer is as wanted. */
  const until = async (isWanted: (answer: Awaited<ReturnType<typeof ask>>) => boolean) => {
    const giveUpAt = Date.now() + DEADLINE_MS;
    for (;;) {
      const answer = await ask();
      if (isWanted(answer)) return answer;
      expect(Date.now(), JSON.stringify(answer)).to.be.below(giveUpAt);
      await sleep(20);
    }
  };

  it('is right at each moment, and never an error while there is an older thumbnail', async () => {
    serve('"red"');
    const red = await ask();
    await sleep(STALE_AFTER_MS);
    expect(await ask()).to.include({ status: 200, isStale: true, etag: red.etag });
    // The server says that it has not changed, and it is fresh again.
    expect(await until(({ isHit }) => isHit)).to.include({ etag: red.etag });

    serve('"blue"');
    await sleep(STALE_AFTER_MS);
    expect(await ask()).to.include({ status: 200, isStale: true, etag: red.etag });
    const blue = await until(({ isHit, etag }) => isHit && etag !== red.etag);

    origin.serve('/image', { status: 503 });
    await sleep(STALE_AFTER_MS);
    for (let time = 0; time < 5; time += 1) expect(await ask()).to.include({ status: 200, etag: blue.etag });
  });

  it('is asked for once a while by all who are told that it is not there', async () => {
    const before = origin.hits('/absent');
    const query = new URLSearchParams({ url: origin.url('/absent'), size: '64' }).toString();
    for (let time = 0; time < 5; time += 1) {
      const response = await fetch(`${service.url}/thumbnail?${query}`);
      expect(response.status).to.equal(404);
      expect(await response.json()).to.include({ code: 'source-not-found' });
    }
    expect(origin.hits('/absent') - before).to.equal(1);
  });
});
