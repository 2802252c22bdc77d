import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import sharp from 'sharp';
import { type Origin, startOrigin } from '../../scripts/kit/origin.ts';
import { RunningService, failedStart } from '../../scripts/kit/running-service.ts';

describe('thumbnails on a disk', () => {
  let folder: string;
  let origin: Origin;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'thumbnails-'));
    origin = await startOrigin();
    const picture = { create: { width: 300, height: 200, channels: 3, background: '#c40' } } as const;
    origin.serve('/a.png', { body: await sharp(picture).png().toBuffer(), type: 'image/png' });
  });
  after(async () => {
    await origin[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  it('outlast a process that is killed, and serve two at a time', async () => {
    const start = () => RunningService.start({ THUMBNAIL_CACHE: 'memory,disk', DISK_CACHE_PATH: folder });
    const statusOf = async (service: RunningService) => {
      const url = `${service.url}/thumbnail?url=${encodeURIComponent(origin.url('/a.png'))}&size=64`;
      return (await fetch(url)).headers.get('cache-status');
    };
    const first = await start();
    expect(await statusOf(first)).to.include('uri-miss');
    // What is kept is written behind the answer.
    while (!(await readdir(folder, { recursive: true })).some((name) => /[0-9a-f]{64}$/.test(name)))
      await sleep(50);
    await first.stop('SIGKILL');
    await using second = await start();
    await using third = await start();
    // The one that was killed may have left its lease: then what it has made is found by those who wait for it.
    for (const service of [second, third]) expect(await statusOf(service)).to.match(/hit|collapsed/);
    expect(origin.hits('/a.png')).to.equal(1);
  });

  it('need a folder that can be used', async () => {
    const unset = await failedStart({ THUMBNAIL_CACHE: 'disk' });
    expect(JSON.stringify(unset.log)).to.include(
      'DISK_CACHE_PATH: THUMBNAIL_CACHE names disk; set its folder',
    );
    const inTheWay = await failedStart({ THUMBNAIL_CACHE: 'disk', DISK_CACHE_PATH: '/dev/null/thumbnails' });
    expect(JSON.stringify(inTheWay.log)).to.include('DISK_CACHE_PATH: ENOTDIR');
  });
});
