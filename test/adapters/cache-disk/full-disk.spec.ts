import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { DiskThumbnailCache } from '../../../src/adapters/cache-disk/index.ts';
import { CacheUnavailableError } from '../../../src/ports/thumbnail-cache.ts';
import { sampleEntry } from '../../support/cache-entries.ts';
import { rejection } from '../../support/rejection.ts';
import { numberedKey } from './numbered-key.ts';
import { describeUnless } from '../../support/describe-with.ts';

const MIB = 1024 ** 2;
const MINUTE_MS = 60_000;
const DISK_MIB = 4;

const whyNot = process.getuid?.() === 0 ? undefined : 'only root has a small disk';
describeUnless(whyNot, 'DiskThumbnailCache on a full disk', () => {
  let disk: string;
  let isMounted = false;

  before(async function () {
    disk = await mkdtemp(join(tmpdir(), 'small-disk-'));
    const mount = spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${DISK_MIB}m`, 'tmpfs', disk]);
    isMounted = mount.status === 0;
    if (!isMounted) this.skip();
  });
  after(async () => {
    if (isMounted) spawnSync('umount', [disk]);
    await rm(disk, { recursive: true });
  });

  it('says so, serves what is there, loses nothing whole, and goes on once there is room', async () => {
    const cache = await DiskThumbnailCache.open({ folder: join(disk, 'cache'), maxBytes: 64 * MIB });
    const keyOf = (number: number) => numberedKey(`full ${number}`);
    const entryOf = (number: number) => sampleEntry({ seed: `${number}`, byteLength: 40_000 });
    await cache.set(keyOf(0), entryOf(0), MINUTE_MS);
    const filler = join(disk, 'filler');
    await writeFile(filler, Buffer.alloc(DISK_MIB * MIB)).catch(() => undefined);

    const refusal = await rejection(cache.set(keyOf(1), entryOf(1), MINUTE_MS));
    expect(refusal).to.be.instanceOf(CacheUnavailableError);
    expect((refusal as Error).cause).to.deep.include({ name: 'CacheRefusal', fault: 'full' });
    expect((refusal as Error).cause)
      .to.have.property('message')
      .that.includes('ENOSPC');
    expect(await rejection(cache.set(keyOf(0), entryOf(1), MINUTE_MS))).to.be.instanceOf(
      CacheUnavailableError,
    );
    expect(await cache.get(keyOf(0)), 'the older one is whole').to.deep.equal(entryOf(0));
    expect(await cache.get(keyOf(1)), 'no half one').to.equal(undefined);

    await rm(filler);
    await cache.set(keyOf(1), entryOf(1), MINUTE_MS);
    expect(await cache.get(keyOf(1))).to.deep.equal(entryOf(1));
    await cache.close();
  });
});
