import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { photograph, plain } from '../../scripts/kit/images.ts';
import { type Origin, startOrigin } from '../../scripts/kit/origin.ts';
import { RunningService } from '../../scripts/kit/running-service.ts';
import { type Answer, PUBLIC, ask, expectRefusal } from '../support/attack.ts';

/** A proxy in front of the service, which says whom a request comes from. */
const BEHIND_PROXY = { TRUSTED_PROXIES: '127.0.0.1/32', THUMBNAIL_CACHE: 'none' };

const as = (client: string) => ({ 'X-Forwarded-For': client });

describe('attacks by slow hosts and greedy clients', () => {
  const opened: Origin[] = [];
  let good: Origin;

  before(async () => {
    good = await startOrigin(PUBLIC);
    good.serve('/good.png', { body: await plain(90, 60, [200, 60, 0]).png().toBuffer() });
  });
  after(async () => {
    await Promise.all([good, ...opened].map((origin) => origin[Symbol.asyncDispose]()));
  });

  async function stalledHost(): Promise<Origin> {
    const origin = await startOrigin(PUBLIC);
    opened.push(origin.serve('/', { stall: 'head' }));
    return origin;
  }

  let asked = 0;
  /** One after the other, of images that were never asked for before. */
  async function goodMisses(service: RunningService, count: number, headers = {}): Promise<number[]> {
    const times: number[] = [];
    for (let time = 0; time < count; time += 1) {
      const startedAt = performance.now();
      asked += 1;
      const { status } = await ask(service, good.url(`/good.png?${asked}`), {}, headers);
      expect(status).to.equal(200);
      times.push(performance.now() - startedAt);
    }
    return times;
  }

  it('120 requests for a host that never answers leave every other host served', async () => {
    await using service = await RunningService.start({ SOURCE_TIMEOUT: '2s', THUMBNAIL_CACHE: 'none' });
    const stalled = await stalledHost();
    const before = median(await goodMisses(service, 16));
    const attack = Array.from({ length: 120 }, (_, at) => ask(service, stalled.url(`/?${at}`)));
    while (stalled.openConnections < 7) await sleep(5);
    await sleep(100);
    expect(stalled.openConnections).to.equal(7);
    const during = median(await goodMisses(service, 16));
    console.log(`      median ${before.toFixed(0)} ms before, ${during.toFixed(0)} ms during`);
    expect(during).to.be.below(3 * before + 50);
    const codes = new Set((await Promise.all(attack)).map(({ status, code }) => `${status} ${code}`));
    expect([...codes].sort()).to.deep.equal(['503 overloaded', '504 source-timeout']);
  });

  it('a host that goes on being late is asked less, and its requests fail fast', async () => {
    await using service = await RunningService.start({ SOURCE_TIMEOUT: '4s', THUMBNAIL_CACHE: 'none' });
    const stalled = await stalledHost();
    await goodMisses(service, 1);
    await Promise.all([1, 2, 3].map((at) => ask(service, stalled.url(`/?${at}`))));
    const startedAt = performance.now();
    const answer = await ask(service, stalled.url('/?4'));
    expect(performance.now() - startedAt).to.be.below(3500);
    expectRefusal(answer, 504, 'source-timeout');
    expect(Number(answer.headers.get('retry-after'))).to.be.within(1, 5);
    expect(stalled.hits('/')).to.equal(3);
    await goodMisses(service, 1);
    const sourceHost = new URL(stalled.url()).host;
    const [line] = (await service.logUntilNow()).filter(({ pauseMs }) => pauseMs !== undefined);
    expect(line).to.include({ sourceHost, level: 40 });
  });

  it('a redirect to a slow host waits as if that had been asked for', async () => {
    await using service = await RunningService.start({ SOURCE_TIMEOUT: '2s', THUMBNAIL_CACHE: 'none' });
    const stalled = await stalledHost();
    const redirecting = await startOrigin(PUBLIC);
    opened.push(redirecting.serve('/', { redirect: stalled.url() }));
    await goodMisses(service, 1);
    const attack = Array.from({ length: 60 }, (_, at) => ask(service, redirecting.url(`/?${at}`)));
    while (stalled.openConnections < 7) await sleep(10);
    await sleep(100);
    expect(stalled.openConnections).to.equal(7);
    while (redirecting.hits('/') < 60 || redirecting.openConnections > 0) await sleep(10);
    await goodMisses(service, 8);
    await Promise.all(attack);
  });

  it("one client's 240 requests for eight slow hosts leave every other client served", async () => {
    await using service = await RunningService.start({ ...BEHIND_PROXY, SOURCE_TIMEOUT: '3s' });
    const hosts = await Promise.all(Array.from({ length: 8 }, stalledHost));
    const before = median(await goodMisses(service, 16, as('198.51.100.1')));
    const attack = Array.from({ length: 240 }, (_, at) =>
      // Forged hops do not help: the proxy's own word stands to the right of them.
      ask(service, hosts[at % 8]!.url(`/?${at}`), {}, as(`198.51.100.${at}, 203.0.113.7`)),
    );
    await sleep(200);
    const others = ['198.51.100.1', '198.51.100.2', '2001:db8::1'];
    const during = await Promise.all(others.map((client) => goodMisses(service, 8, as(client))));
    const after = median(during.flat());
    console.log(`      median ${before.toFixed(0)} ms before, ${after.toFixed(0)} ms during`);
    // Three of them ask at once, on the same processors.
    expect(after).to.be.below(3 * 3 * before + 50);
    const answers: Answer[] = await Promise.all(attack);
    expect(answers.filter(({ status }) => ![503, 504].includes(status))).to.be.empty;
  });

  it("one client's heavy images leave every other client served", async () => {
    await using service = await RunningService.start({
      ...BEHIND_PROXY,
      MEMORY_BUDGET: '205MiB',
      RESIZE_CONCURRENCY: '1',
    });
    // Takes long on any machine, and little enough memory for small ones to be decoded beside it.
    const heavy = photograph({ width: 2000, height: 1500 }).avif({ effort: 0, quality: 70 });
    good.serve('/heavy.avif', { body: await heavy.toBuffer(), type: 'image/avif' });
    const before = median(await goodMisses(service, 16, as('198.51.100.1')));
    const startedAt = performance.now();
    await ask(service, good.url('/heavy.avif?alone'));
    const heavyMs = performance.now() - startedAt;
    let ended = 0;
    const attack = Array.from({ length: 60 }, (_, at) =>
      ask(service, good.url(`/heavy.avif?${at}`), {}, as('203.0.113.7')).finally(() => (ended += 1)),
    );
    while (good.hits('/heavy.avif') < 5) await sleep(10);
    const endedBefore = ended;
    const during = median(await goodMisses(service, 12, as('198.51.100.1')));
    const endedMeanwhile = ended - endedBefore;
    console.log(
      `      median ${before.toFixed(0)} ms before, ${during.toFixed(0)} ms during, of ${heavyMs.toFixed(0)} ms ${endedMeanwhile} times`,
    );
    // Neither a slot at their host nor one of the decodes has to be waited for until a heavy one ends.
    expect(endedMeanwhile).to.be.below(12);
    expect(during).to.be.below(3 * before + heavyMs);
    const answers = await Promise.all(attack);
    expect(answers.filter(({ status }) => ![200, 503].includes(status))).to.be.empty;
  });

  it('no wait for a 503 is longer than QUEUE_TIMEOUT', async () => {
    await using service = await RunningService.start({
      THUMBNAIL_CACHE: 'none',
      QUEUE_TIMEOUT: '1s',
      DOWNLOADS_PER_HOST: '2',
    });
    const stalled = await stalledHost();
    const startedAt = performance.now();
    const held = [1, 2].map((at) => ask(service, stalled.url(`/?${at}`)));
    await sleep(50);
    expectRefusal(await ask(service, stalled.url('/?3')), 503, 'overloaded');
    // Much sooner than those before it end, by SOURCE_TIMEOUT.
    expect(performance.now() - startedAt).to.be.within(1000, 7000);
    await stalled[Symbol.asyncDispose]();
    await Promise.all(held);
  });
});

function median(values: readonly number[]): number {
  return values.toSorted((one, other) => one - other)[Math.floor(values.length / 2)] ?? NaN;
}
