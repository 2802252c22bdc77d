import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, symlink, truncate, writeFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { DiskThumbnailCache } from '../../../src/adapters/cache-disk/index.ts';
import { CacheUnavailableError } from '../../../src/ports/thumbnail-cache.ts';
import { sampleEntry } from '../../support/cache-entries.ts';
import { rejection } from '../../support/rejection.ts';
import { numberedKey } from './numbered-key.ts';

const MIB = 1024 ** 2;
const MINUTE_MS = 60_000;
const WRITER = new URL('writer.ts', import.meta.url).pathname;

describe('DiskThumbnailCache', function () {
  let folder: string;
  const opened: DiskThumbnailCache[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'thumbnails-'));
  });
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((cache) => cache.close()));
    await rm(folder, { recursive: true });
  });

  async function open(maxBytes = 64 * MIB): Promise<DiskThumbnailCache> {
    const cache = await DiskThumbnailCache.open({ folder, maxBytes });
    opened.push(cache);
    return cache;
  }

  async function files(): Promise<string[]> {
    const found = await readdir(folder, { recursive: true, withFileTypes: true });
    return found.filter((file) => file.isFile()).map(({ parentPath, name }) => join(parentPath, name));
  }

  const entryFiles = async () => (await files()).filter((path) => /\/[0-9a-f]{2}\/[0-9a-f]{64}$/.test(path));

  async function bytesOnDisk(): Promise<number> {
    const facts = await Promise.all((await files()).map((path) => stat(path).catch(() => undefined)));
    return facts.reduce((sum, found) => sum + (found?.blocks ?? 0) * 512, 0);
  }

  it('outlasts a restart, and is shared by those who have it open', async () => {
    const [first, second] = [await open(), await open()];
    await first.set(numberedKey('a'), sampleEntry(), MINUTE_MS);
    expect(await second.get(numberedKey('a'))).to.deep.equal(sampleEntry());
    await Promise.all([first.close(), second.close()]);
    expect(await (await open()).get(numberedKey('a'))).to.deep.equal(sampleEntry());
  });

  it('says nothing by the names of its files, and lets nobody else read them', async () => {
    const cache = await open();
    await cache.set(numberedKey('secret'), sampleEntry(), MINUTE_MS);
    const [path = ''] = await entryFiles();
    // The folder's own name is a random one, in which any letters may be.
    expect(relative(folder, path)).to.match(/^[0-9a-f]{2}\/[0-9a-f]{64}$/);
    expect((await stat(path)).mode & 0o777).to.equal(0o600);
    expect((await stat(folder)).mode & 0o077).to.equal(0);
  });

  it('takes what was cut short or overwritten for nothing', async () => {
    const cache = await open();
    for (const damage of [
      (path: string) => truncate(path, 100),
      (path: string) => truncate(path, 0),
      async (path: string) => {
        const bytes = await readFile(path);
        bytes[bytes.length - 5]! ^= 1;
        await writeFile(path, bytes);
      },
    ]) {
      await cache.set(numberedKey('a'), sampleEntry(), MINUTE_MS);
      const [path = ''] = await entryFiles();
      await damage(path);
      expect(await cache.get(numberedKey('a'))).to.equal(undefined);
    }
  });

  it('takes what can be no entry for nothing, and puts the entry in its place', async () => {
    const cache = await open();
    const others: Readonly<Record<string, (path: string) => unknown>> = {
      pipe: (path) => execFileSync('mkfifo', [path]),
      folder: (path) => mkdir(join(path, 'within'), { recursive: true }),
      'link to a device': (path) => symlink('/dev/zero', path),
      'file without an end': async (path) => {
        await writeFile(path, '');
        await truncate(path, 2 ** 33);
      },
    };
    for (const [name, put] of Object.entries(others)) {
      await cache.set(numberedKey(name), sampleEntry(), MINUTE_MS);
      const [path = ''] = await entryFiles();
      await rm(path);
      await put(path);
      expect(await cache.get(numberedKey(name)), name).to.equal(undefined);
      await cache.set(numberedKey(name), sampleEntry(), MINUTE_MS);
      expect(await cache.get(numberedKey(name)), name).to.deep.equal(sampleEntry());
      await rm(path);
    }
  });

  it('keeps what is written while another finds the one before expired', async () => {
    const cache = await open();
    const entry = sampleEntry();
    for (let round = 0; round < 100; round += 1) {
      const key = numberedKey(`${round}`);
      await cache.set(key, entry, 1);
      await sleep(2);
      const readers = Array.from({ length: 8 }, () => cache.get(key));
      await cache.set(key, entry, MINUTE_MS);
      await Promise.all(readers);
      expect(await cache.get(key), `round ${round}`).to.deep.equal(entry);
    }
  });

  it('stays within its limit, and lets go of what was used least recently', async () => {
    const cache = await open(16 * MIB);
    const used = numberedKey('used');
    await cache.set(used, sampleEntry({ seed: 'used' }), MINUTE_MS);
    let mostBytes = 0;
    for (let number = 0; number < 2500; number += 1) {
      await cache.set(numberedKey(`${number}`), sampleEntry({ seed: `${number}` }), MINUTE_MS);
      if (number % 200 !== 0) continue;
      await sleep(120);
      await cache.get(used);
      mostBytes = Math.max(mostBytes, await bytesOnDisk());
    }
    expect(mostBytes).to.be.within(8 * MIB, 16 * MIB);
    expect(await cache.get(used)).to.deep.equal(sampleEntry({ seed: 'used' }));
    expect(await cache.get(numberedKey('1'))).to.equal(undefined);
  });

  it('is closed without a wait until all files are counted, and leaves no lock behind', async () => {
    await (await open()).close();
    expect((await files()).map((file) => file.replace(`${folder}/`, ''))).to.deep.equal([]);
  });

  it('survives processes that are killed while they write, within its limit', async () => {
    const maxBytes = 16 * MIB;
    let mostBytes = 0;
    for (let round = 0; round < 3; round += 1) {
      const writers = ['a', 'b'].map((seed) =>
        spawn(process.execPath, [WRITER, folder, `${maxBytes}`, `${round}${seed}`], { stdio: 'pipe' }),
      );
      const ends = writers.map((writer) => once(writer, 'exit'));
      await Promise.all(writers.map((writer) => written(writer, 500)));
      mostBytes = Math.max(mostBytes, await bytesOnDisk());
      for (const writer of writers) writer.kill('SIGKILL');
      await Promise.all(ends);
    }
    expect(mostBytes).to.be.at.most(maxBytes);
    const cache = await open(maxBytes);
    let hits = 0;
    for (const name of ['2a', '2b'].flatMap((seed) =>
      Array.from({ length: 500 }, (_, number) => `${seed}${number}`),
    )) {
      const entry = await cache.get(numberedKey(name));
      if (entry === undefined) continue;
      hits += 1;
      expect(entry).to.deep.equal(sampleEntry({ seed: name, byteLength: 3000 }));
    }
    expect(hits).to.be.greaterThan(200);
  });

  it('says that it is not available where it cannot write', async () => {
    const cache = await open();
    await cache.set(numberedKey('a'), sampleEntry(), MINUTE_MS);
    const shard = dirname((await entryFiles())[0] ?? '');
    await rm(shard, { recursive: true });
    await writeFile(shard, 'in the way');
    const setting = cache.set(numberedKey('a'), sampleEntry({ seed: 'new' }), MINUTE_MS);
    expect(await rejection(setting)).to.be.instanceOf(CacheUnavailableError);
    expect(await rejection(cache.get(numberedKey('a')))).to.be.instanceOf(CacheUnavailableError);
  });

  it('says so where its folder cannot be made, and tries no more than once', async function () {
    // On Linux, this is a file system in which nobody can make a folder, although the one above is there.
    if (process.platform !== 'linux') this.skip();
    const opening = DiskThumbnailCache.open({ folder: '/proc/self/made/here', maxBytes: 64 * MIB });
    expect(await rejection(opening)).to.have.property('code', 'ENOENT');
  });

  it('makes the folders above its own', async () => {
    const cache = await DiskThumbnailCache.open({ folder: join(folder, 'a/b/c'), maxBytes: 64 * MIB });
    opened.push(cache);
    expect((await stat(join(folder, 'a/b/c/00'))).isDirectory()).to.equal(true);
  });

  it('goes on where somebody has emptied its folder', async () => {
    const cache = await open();
    await rm(folder, { recursive: true, maxRetries: 10 });
    expect(await cache.get(numberedKey('a'))).to.equal(undefined);
    await cache.set(numberedKey('a'), sampleEntry(), MINUTE_MS);
    expect(await cache.get(numberedKey('a'))).to.deep.equal(sampleEntry());
  });
});

/** Resolves once so many entries were written. */
function written({ stdout }: ChildProcess, count: number): Promise<void> {
  return new Promise((resolve) => {
    createInterface({ input: stdout! }).on('line', (line) => {
      if (Number(line) >= count) resolve();
    });
  });
}
