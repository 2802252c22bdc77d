import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { takeLease } from '../../../src/adapters/cache-disk/disk-leases.ts';

const MINUTE_MS = 60_000;

describe('a lease on a disk', () => {
  let folder: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'leases-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('is not given while its file is being written', async () => {
    const path = join(folder, 'lease');
    await writeFile(path, '');
    expect(await takeLease(path, MINUTE_MS)).to.equal(undefined);
    expect(await readdir(folder)).to.deep.equal(['lease']);
  });

  it('is given where a crash, a full disk or somebody has left no lease in its place', async () => {
    const others: Readonly<Record<string, (path: string) => unknown>> = {
      'empty file': (path) => writeFile(path, ''),
      pipe: (path) => execFileSync('mkfifo', [path]),
      folder: (path) => mkdir(path),
    };
    for (const [name, put] of Object.entries(others)) {
      const path = join(folder, name);
      await put(path);
      const earlier = new Date(Date.now() - MINUTE_MS);
      await utimes(path, earlier, earlier);
      const lease = await takeLease(path, MINUTE_MS);
      expect(lease, name).to.not.equal(undefined);
      expect(await takeLease(path, MINUTE_MS), name).to.equal(undefined);
      await lease?.release();
    }
    expect(await readdir(folder)).to.deep.equal([]);
  });

  it('is given where one was left before the clock was set back', async () => {
    const left: Readonly<Record<string, string>> = {
      lease: `${Date.now() + 60 * MINUTE_MS} 00000000-0000-4000-8000-000000000000`,
      'empty file': '',
    };
    for (const [name, text] of Object.entries(left)) {
      const path = join(folder, name);
      await writeFile(path, text);
      const later = new Date(Date.now() + 60 * MINUTE_MS);
      await utimes(path, later, later);
      expect(await takeLease(path, MINUTE_MS), name).to.not.equal(undefined);
    }
  });

  it('is not given twice by processes whose clocks differ by seconds', async () => {
    const path = join(folder, 'lease');
    await writeFile(path, `${Date.now() + MINUTE_MS + 5000} 00000000-0000-4000-8000-000000000000`);
    expect(await takeLease(path, MINUTE_MS)).to.equal(undefined);
  });
});
