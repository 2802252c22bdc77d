import { expect } from 'chai';
import { mkdir, mkdtemp, readFile, readdir, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { kit } from '../../src/adapter-kit.ts';
import { itKeepsThumbnails } from '../contract/thumbnail-cache/contract.ts';
import { freshKey, sampleEntry } from '../support/cache-entries.ts';
import { DirectoryCache } from '../support/directory-cache.ts';
import { rejection } from '../support/rejection.ts';

const MINUTE_MS = 60_000;

describe('docs/examples/directory-cache.js', () => {
  let directory: string;
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'directory-cache-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const open = () => new DirectoryCache({ directory, kit });

  /** The path of the only entry. */
  async function onlyFile(): Promise<string> {
    const names = await readdir(directory);
    expect(names).to.have.length(1);
    return join(directory, names[0]!);
  }

  itKeepsThumbnails({ name: 'directory', open, exceptions: { hasNoLeases: true } });

  it('keeps what it has from one life to the next, for nobody else to read', async () => {
    const key = freshKey();
    await open().set(key, sampleEntry(), MINUTE_MS);
    expect(await open().get(key)).to.deep.equal(sampleEntry());
    expect((await stat(await onlyFile())).mode & 0o077).to.equal(0);
  });

  it('misses what is damaged, cut or empty, and keeps it again', async () => {
    const [cache, key] = [open(), freshKey()];
    await cache.set(key, sampleEntry(), MINUTE_MS);
    const path = await onlyFile();
    const whole = await readFile(path);
    const damaged = Buffer.from(whole);
    damaged[damaged.length - 1]! ^= 1;
    for (const bytes of [damaged, whole.subarray(0, -1), whole.subarray(0, 8), whole.subarray(0, 7), '']) {
      await writeFile(path, bytes);
      expect(await cache.get(key), `${bytes.length} bytes`).to.equal(undefined);
    }
    await cache.set(key, sampleEntry(), MINUTE_MS);
    expect(await cache.get(key)).to.deep.equal(sampleEntry());
  });

  it('shows a reader one whole entry or another while many write it', async () => {
    const key = freshKey();
    const entries = Array.from({ length: 20 }, (_, index) => sampleEntry({ seed: `${index}` }));
    await open().set(key, entries[0]!, MINUTE_MS);
    const writes = Promise.all(entries.map((entry) => open().set(key, entry, MINUTE_MS)));
    const reads = await Promise.all(entries.map(() => open().get(key)));
    await writes;
    for (const read of reads) expect(entries).to.deep.include(read!);
    await onlyFile();
  });

  it('rejects where it cannot write, and leaves no draft', async () => {
    const [cache, key] = [open(), freshKey()];
    await cache.set(key, sampleEntry(), MINUTE_MS);
    const path = await onlyFile();
    await rm(path);
    // A directory in the entry's place lets the draft be written, but not renamed.
    await mkdir(join(path, 'in the way'), { recursive: true });
    expect(await rejection(cache.set(key, sampleEntry(), MINUTE_MS))).to.be.instanceOf(Error);
    expect(await onlyFile()).to.equal(path);
    expect(await rejection(cache.get(key))).to.have.property('code', 'EISDIR');
  });
});
