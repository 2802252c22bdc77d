import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { Layout } from '../../../src/adapters/cache-disk/layout.ts';
import { sweep } from '../../../src/adapters/cache-disk/sweep.ts';

const HOUR_MS = 3_600_000;
const BLOCK_BYTES = 4096;

describe('making room on a disk', () => {
  let layout: Layout;

  beforeEach(async () => {
    layout = new Layout(await mkdtemp(join(tmpdir(), 'thumbnails-')), 'thumbnailer');
    await layout.create();
  });
  afterEach(() => rm(layout.folder, { recursive: true }));

  it('begins with what was used before the clock was set back, and not since', async () => {
    const used = { a: -2 * HOUR_MS, b: 2 * HOUR_MS, c: -HOUR_MS, d: 1000 };
    for (const [name, inMs] of Object.entries(used)) {
      const path = join(layout.shard('00'), name.repeat(64));
      await writeFile(path, 'entry');
      const at = (Date.now() + inMs) / 1000;
      await utimes(path, at, at);
    }
    const left: string[] = [];
    for (const files of [3, 2, 1]) {
      await sweep(layout, files * BLOCK_BYTES, () => Promise.resolve());
      left.push(
        (await readdir(layout.shard('00')))
          .map((name) => name.charAt(0))
          .sort()
          .join(''),
      );
    }
    expect(left).to.deep.equal(['acd', 'cd', 'd']);
  });
});
