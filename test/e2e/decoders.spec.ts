import { existsSync } from 'node:fs';
import { getPriority, setPriority } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { photograph } from '../../scripts/kit/images.ts';
import { type Origin, startOrigin } from '../../scripts/kit/origin.ts';
import { childrenOf } from '../../scripts/kit/processes.ts';
import { RunningService } from '../../scripts/kit/running-service.ts';
import { isInstalled } from '../support/describe-with.ts';
import { until } from '../support/metrics.ts';
import { isRunning } from '../support/running-processes.ts';

describe('the processes that decode', function () {
  let origin: Origin;
  const started = new AsyncDisposableStack();

  before(async function () {
    if (!existsSync('/proc/self/status')) this.skip();
    origin = started.use(await startOrigin());
    const large = await photograph({ width: 1800, height: 1200 }).png({ compressionLevel: 1 }).toBuffer();
    origin.serve('/large.png', { body: large });
    const slow = await photograph({ width: 3000, height: 2000 }).avif({ effort: 0 }).toBuffer();
    origin.serve('/slow.avif', { body: slow });
  });
  after(() => started.disposeAsync());

  const thumbnail = (service: RunningService, at: number | string, name = 'large.png') => {
    const parameters = new URLSearchParams({ url: origin.url(`/${name}?${at}`), size: '128' });
    return fetch(`${service.url}/thumbnail?${parameters.toString()}`);
  };

  /** Once they have it: beside them, programs of the system run for a moment that set the limits of a new one. */
  const allHavePriority = (service: RunningService, priority: number) =>
    until(async () => {
      const children = (await childrenOf(service.pid)).filter(isRunning);
      return children.length > 0 && children.every((pid) => priorityOf(pid) === priority);
    });

  for (const signal of ['SIGKILL', 'SIGSEGV'] as const) {
    it(`may be ended by ${signal} while they work, and no request notices`, async () => {
      await using service = await RunningService.start({ RESIZE_CONCURRENCY: '2', QUEUE_TIMEOUT: '50s' });
      await thumbnail(service, 'first');
      const answers = Array.from({ length: 12 }, (_, at) => thumbnail(service, at));
      await sleep(200);
      for (const decoder of await childrenOf(service.pid)) process.kill(decoder, signal);
      const statuses = (await Promise.all(answers)).map(({ status }) => status);
      expect(statuses).to.deep.equal(statuses.map(() => 200));
      expect(await service.stop()).to.equal(0);
    });
  }

  it('come after the process that answers, whatever priority that has', async function () {
    await using service = await RunningService.start();
    await thumbnail(service, 'first');
    const own = getPriority(service.pid);
    // There is nothing below 19.
    if (own > 6) this.skip();
    await allHavePriority(service, own + 5);
    setPriority(service.pid, own + 8);
    const before = await childrenOf(service.pid);
    for (const decoder of before) process.kill(decoder, 'SIGKILL');
    while (before.some(isRunning)) await sleep(20);
    expect((await thumbnail(service, 'second')).status).to.equal(200);
    await allHavePriority(service, own + 13);
  });

  it('hold nobody up at the end, whatever they do', async () => {
    await using service = await RunningService.start({ SHUTDOWN_TIMEOUT: '1500ms' });
    await thumbnail(service, 'first');
    const decoders = await childrenOf(service.pid);
    for (const pid of decoders) process.kill(pid, 'SIGSTOP');
    const never = thumbnail(service, 'never').catch(() => undefined);
    await sleep(200);
    const startedAt = performance.now();
    expect(await service.stop()).to.equal(0);
    expect(performance.now() - startedAt).to.be.below(8000);
    expect((await never)?.status ?? 503).to.equal(503);
    expect(decoders.filter(isRunning)).to.deep.equal([]);
  });

  it('end with a service that is killed', async () => {
    await using service = await RunningService.start();
    await thumbnail(service, 'first');
    const decoders = await childrenOf(service.pid);
    expect(decoders).to.not.be.empty;
    const answer = thumbnail(service, 'next').catch(() => undefined);
    await sleep(30);
    await service.stop('SIGKILL');
    await answer;
    while (decoders.some(isRunning)) await sleep(20);
  });

  it('end with a service that is killed, although they are stopped', async function () {
    if (!isInstalled('setpriv')) this.skip();
    await using service = await RunningService.start();
    await thumbnail(service, 'first');
    const decoders = await childrenOf(service.pid);
    for (const pid of decoders) process.kill(pid, 'SIGSTOP');
    await service.stop('SIGKILL');
    expect(decoders).to.not.be.empty;
    while (decoders.some(isRunning)) await sleep(20);
  });

  it('are told of in the log where they ended at work', async () => {
    await using service = await RunningService.start({ DECODE_TIMEOUT: '50ms' });
    const answer = await thumbnail(service, 'first', 'slow.avif');
    expect([answer.status, await answer.json()]).to.have.nested.property('1.code', 'image-too-expensive');
    const line = (await service.logUntilNow()).find(({ msg }) => msg?.startsWith('a decoder ended'));
    expect(line).to.have.property('level', 40);
  });
});

function priorityOf(pid: number): number | undefined {
  try {
    return getPriority(pid);
  } catch {
    return undefined;
  }
}
