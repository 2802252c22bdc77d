import { mkdtemp, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { SweepLock } from '../../../src/adapters/cache-disk/sweep-lock.ts';

const HOUR_SECONDS = 3600;

describe('the lock of a disk cache', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lock-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is taken from a container that was restarted, at any distance between the clocks of then and now', async () => {
    const path = join(folder, 'sweep.lock');
    for (const [setBackBySeconds, isFree] of [
      [0, false],
      [HOUR_SECONDS, true],
      [-HOUR_SECONDS, true],
    ] as const) {
      // Which process had it says nothing: in a container it is always the same number.
      await writeFile(path, `${hostname()} ${process.pid}`);
      const time = Date.now() / 1000 + setBackBySeconds;
      await utimes(path, time, time);
      expect(await new SweepLock(path).take(), `${setBackBySeconds} s`).to.equal(isFree);
    }
  });
});
