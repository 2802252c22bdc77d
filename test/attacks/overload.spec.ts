import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import type { Sharp } from 'sharp';
import {
  PUBLIC,
  ask,
  expectRefusal,
  expectUnharmed,
  memoryNow,
  peakMemory,
  watchHealth,
} from '../support/attack.ts';
import { photograph, plain } from '../../scripts/kit/images.ts';
import { type Origin, startOrigin } from '../../scripts/kit/origin.ts';
import { RunningService } from '../../scripts/kit/running-service.ts';

const MIB = 1024 * 1024;

/** A quiet machine answers in a tenth of that. */
const SLOWEST_HEALTH_MS = 1500;

describe('attacks by load', () => {
  let origin: Origin;

  before(async () => {
    origin = await startOrigin(PUBLIC);
  });
  after(() => origin[Symbol.asyncDispose]());

  it('37: 64 heavy images at once, in the memory of a small task', async () => {
    const photo = photograph({ width: 600, height: 400 });
    const [mp24, mp12] = [enlarged(photo, 6000, 4000), enlarged(photo, 4240, 2830)];
    const bodies = {
      jpeg: await mp24.clone().jpeg().toBuffer(),
      progressive: await mp24.clone().jpeg({ progressive: true }).toBuffer(),
      png: await mp12.clone().png({ compressionLevel: 1 }).toBuffer(),
      interlaced: await mp12.clone().png({ compressionLevel: 1, progressive: true }).toBuffer(),
    };
    for (const [name, body] of Object.entries(bodies)) origin.serve(`/${name}`, { body });
    await using service = await RunningService.start({
      MEMORY_BUDGET: '204MiB',
      RESIZE_CONCURRENCY: '1',
      QUEUE_TIMEOUT: '3s',
      NODE_OPTIONS: '--max-old-space-size=128',
    });

    const names = Object.keys(bodies);
    const work = Array.from({ length: 64 }, (_, at) =>
      ask(service, origin.url(`/${names[at % names.length]!}?${at}`), { size: '256' }),
    );
    const watched = watchHealth(service);
    const answers = await Promise.all(work);
    const slowestMs = await watched.stop();

    const statuses = answers.map(({ status }) => status);
    expect(statuses.filter((status) => ![200, 503].includes(status))).to.deep.equal([]);
    expect(statuses.filter((status) => status === 200)).to.not.be.empty;
    for (const answer of answers.filter(({ status }) => status === 503)) {
      expectRefusal(answer, 503, 'overloaded');
      expect(Number(answer.headers.get('retry-after'))).to.be.within(1, 60);
    }
    expect(slowestMs, 'slowest /healthz').to.be.below(SLOWEST_HEALTH_MS);
    expect(await peakMemory(service), 'memory').to.be.below(512 * MIB);
    await expectUnharmed(service);
    expect(await memoryNow(service), 'memory afterwards').to.be.below(400 * MIB);
  });

  it('37: who finds the queue full, or waits too long, is told to come back', async () => {
    origin.serve('/stalled', { stall: 'head' });
    await using service = await RunningService.start({
      QUEUE_LIMIT: '4',
      QUEUE_TIMEOUT: '500ms',
      SOURCE_TIMEOUT: '2s',
    });
    const asked = Array.from({ length: 200 }, (_, at) => ask(service, origin.url(`/stalled?${at}`)));
    const codes = Map.groupBy(await Promise.all(asked), ({ status, code }) => `${status} ${code}`);
    expect([...codes.keys()].sort()).to.deep.equal(['503 overloaded', '504 source-timeout']);
    for (const { headers } of codes.get('503 overloaded')!) {
      expect(Number(headers.get('retry-after'))).to.be.at.least(1);
    }
    await expectUnharmed(service);
  });

  it('38: fifty who want the same thumbnail at once cost one download', async () => {
    const body = await plain(300, 200, [9, 99, 9]).png().toBuffer();
    origin.serve('/same', { body, delayMs: 300 });
    await using service = await RunningService.start();
    const answers = await Promise.all(Array.from({ length: 50 }, () => ask(service, origin.url('/same'))));
    expect(new Set(answers.map(({ status }) => status))).to.deep.equal(new Set([200]));
    expect(new Set(answers.map((answer) => answer.headers.get('etag')))).to.have.property('size', 1);
    expect(origin.hits('/same')).to.equal(1);
    await expectUnharmed(service);
  });

  it('38: work ends when the last one who waits for it leaves, and not before', async () => {
    await using slow = await startOrigin(PUBLIC);
    slow.serve('/awaited', { stall: 'head' });
    await using service = await RunningService.start();
    const url = `${service.url}/thumbnail?${new URLSearchParams({ url: slow.url('/awaited'), size: '64' }).toString()}`;
    const clients = [new AbortController(), new AbortController(), new AbortController()];
    const outcomes = clients.map(({ signal }) => fetch(url, { signal }).catch(() => 'left'));
    while (slow.hits('/awaited') === 0) await sleep(5);
    clients[0]!.abort();
    clients[1]!.abort();
    await Promise.all(outcomes.slice(0, 2));
    await expectUnharmed(service);
    expect(slow.openConnections, 'while one waits').to.equal(1);
    clients[2]!.abort();
    await slow.idle();
    expect(await outcomes[2]).to.equal('left');
    expect(slow.hits('/awaited')).to.equal(1);
    while (!service.log.some(({ status }) => status === 499)) await sleep(5);
    await expectUnharmed(service);
  });
});

function enlarged(photo: Sharp, width: number, height: number): Sharp {
  return photo.clone().resize(width, height, { kernel: 'nearest' });
}
