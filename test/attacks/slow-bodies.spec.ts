import { request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { plain } from '../../scripts/kit/images.ts';
import { type Origin, startOrigin } from '../../scripts/kit/origin.ts';
import { RunningService } from '../../scripts/kit/running-service.ts';
import { PUBLIC, ask, expectRefusal } from '../support/attack.ts';

/** What a task of 512 MB has. */
const SMALL = { MEMORY_BUDGET: '205MiB', THUMBNAIL_CACHE: 'none', SOURCE_TIMEOUT: '20s' };

describe('attacks by bodies that come byte by byte', () => {
  let origin: Origin;
  let service: RunningService;

  before(async () => {
    origin = await startOrigin(PUBLIC);
    const body = await plain(90, 60, [200, 60, 0]).png().toBuffer();
    origin.serve('/good.png', { body }).serve('/unannounced.png', { body, chunked: true });
    origin.serve('/drip', { body: Buffer.alloc(100), chunked: true, dripMs: 400 });
    service = await RunningService.start(SMALL);
    await goodMisses(5);
  });
  after(async () => {
    await service[Symbol.asyncDispose]();
    await origin[Symbol.asyncDispose]();
  });

  let asked = 0;
  /** The median time of so many, one after the other, every other one of a source that announces no length. */
  async function goodMisses(count: number): Promise<number> {
    const times: number[] = [];
    for (let time = 0; time < count; time += 1) {
      asked += 1;
      const startedAt = performance.now();
      const path = asked % 2 === 0 ? '/good.png' : '/unannounced.png';
      expect((await ask(service, origin.url(`${path}?${asked}`))).status).to.equal(200);
      times.push(performance.now() - startedAt);
    }
    return times.toSorted((one, other) => one - other)[Math.floor(count / 2)]!;
  }

  async function expectNotHeldUp(what: string, beforeMs: number): Promise<void> {
    const duringMs = await goodMisses(40);
    console.log(`      median ${beforeMs.toFixed(1)} ms before, ${duringMs.toFixed(1)} ms beside ${what}`);
    expect(duringMs).to.be.below(2 * beforeMs + 10);
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
    const before = await goodMisses(40);
    const startedAt = performance.now();
    const uploads = [slowUpload(), slowUpload(), slowUpload()];
    await sleep(100);
    await expectNotHeldUp('three slow uploads', before);
    expect(await Promise.all(uploads)).to.deep.equal([408, 408, 408]);
    expect(performance.now() - startedAt).to.be.within(4900, 12_000);
  });

  it('three sources that drip hold nobody up, and end', async () => {
    const before = await goodMisses(40);
    const startedAt = performance.now();
    const drips = [1, 2, 3].map((at) => ask(service, origin.url(`/drip?${at}`)));
    await sleep(100);
    await expectNotHeldUp('three sources that drip', before);
    for (const answer of await Promise.all(drips)) expectRefusal(answer, 504, 'source-timeout');
    expect(performance.now() - startedAt).to.be.within(4900, 12_000);
  });
});
