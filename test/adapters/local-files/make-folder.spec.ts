import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import { makeFolder } from '../../../src/adapters/local-files/index.ts';

describe('makeFolder', () => {
  let root: string;

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'folders-'));
  });
  afterEach(() => rm(root, { recursive: true }));

  it('makes what is missing of a path, and takes what is there', async () => {
    for (const name of ['a', 'a/b/c', 'a/b/c', '.']) {
      await makeFolder(join(root, name), 0o700);
      expect((await stat(join(root, name))).isDirectory()).to.equal(true);
    }
    expect((await stat(join(root, 'a/b'))).mode & 0o777).to.equal(0o700);
  });

  it('makes folders that others make at the same time', async () => {
    for (let round = 0; round < 200; round += 1) {
      const shared = join(root, String(round), 'shared');
      const folders = Array.from({ length: 8 }, (_, index) => join(shared, index < 4 ? '' : String(index)));
      await Promise.all(folders.map((folder) => makeFolder(folder)));
    }
  });
});
