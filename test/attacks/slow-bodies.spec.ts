import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { plain } from '../../scripts/kit/images.ts';
import { type Origin, startOrigin } from '../../scripts/kit/origin.ts';
import { RunningService } from '../../scripts/kit/running-service.ts';
import { PUBLIC, ask, expectRefusal } from '../support/attack.ts';

/** What a task of 512 MB has. */
const SMALL = { MEMORY_BUDGET: '205MiB', THUMBNAIL_CACHE: 'none', SOURCE_TIMEOUT: '20s' };

/** As many as a slow machine, too, makes before the slow bodies are over. */
const MISSES = 16;

describe('attacks by bodies that come byte by byte', () => {
  let origin: Origin;
  /** A host of its own, which was never late. */
  let other: Origin;
  let service: RunningService;

  before(async () => {
    [origin, other] = [await startOrigin(PUBLIC), await startOrigin(PUBLIC)];
    const body = await plain(90, 60, [200, 60, 0]).png().toBuffer();
    for (const each of [origin, other])
      each.serve('/good.png', { body }).serve('/unannounced.png', { body, chunked: true });
    origin.serve('/drip', { body: Buffer.alloc(100), chunked: true, dripMs: 400 });
    service = await RunningService.start(SMALL);
    await goodMisses(5);
  });
  after(async () => {
    await service[Symbol.asyncDispose]();
    await origin[Symbol.asyncDispose]();
    await other[Symbol.asyncDispose]();
  });

  let asked = 0;
  /** The median time of so many, one after the other, every other one of a source that announces no length. */
  async function goodMisses(count: number, from = origin): Promise<number> {
    const times: number[] = [];
    for (let time = 0; time < count; time += 1) {
      asked += 1;
      const startedAt = performance.now();
      const path = asked % 2 === 0 ? '/good.png' : '/unannounced.png';
      expect((await ask(service, from.url(`${path}?${asked}`))).status).to.equal(200);
      times.push(performance.now() - startedAt);
    }
    return times.toSorted((one, other) => one - other)[Math.floor(count / 2)]!;
  }

  /** @returns what those bodies have ended with that were begun */
  async function expectNotHeldUp<T>(what: string, begin: () => readonly Promise<T>[]) {
    const before = await goodMisses(MISSES);
    const startedAt = performance.now();
    const ends = begin().map((end) => end.then((value) => ({ value, ms: performance.now() - startedAt })));
    await sleep(100);
    const during = await goodMisses(MISSES);
    const all = await Promise.all(ends);
    const after = await goodMisses(MISSES, other);
    const times = [before, during, after].map((ms) => ms.toFixed(1));
    console.log(`      median ${times[0]} ms before, ${times[1]} ms beside ${what}, ${times[2]} ms after`);
    expect(during).to.be.below(2 * Math.max(before, after) + 10);
    // Nobody is waited for until the time limit of a whole request.
    for (const { ms } of all) expect(ms).to.be.within(4900, 30_000);
    return all.map(({ value }) => value);
  }

  /** An upload of which one byte is sent, and its status when that comes. */
  function slowUpload(): Promise<number | undefined> {
    const { promise, resolve } = Promise.withResolvers<number | undefined>();
    const upload = request(`${service.url}/thumbnail?size=64`, {
      method: 'POST',
      headers: { 'Content-Type': 'image/png' },
    });
    upload.on('response', ({ statusCode }) => resolve(statusCode)).on('error', () => resolve(undefined));
    upload.write('x');
    return promise;
  }

  it('three uploads of one byte hold nobody up, and end', async () => {
    const statuses = await expectNotHeldUp('three slow uploads', () => [1, 2, 3].map(slowUpload));
    expect(statuses).to.deep.equal([408, 408, 408]);
  });

  it('three sources that drip hold nobody up, and end', async () => {
    const drips = () => [1, 2, 3].map((at) => ask(service, origin.url(`/drip?${at}`)));
    const answers = await expectNotHeldUp('three sources that drip', drips);
    for (const answer of answers) expectRefusal(answer, 504, 'source-timeout');
  });
});
