import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'mocha';
import { kit } from 'thumbnailer/adapter-kit';
import { itKeepsThumbnails } from 'thumbnailer/contracts/thumbnail-cache';
import { DirectoryCache } from './directory-cache.js';

let directory = '';
before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'directory-cache-'));
});
after(() => rm(directory, { recursive: true, force: true }));

itKeepsThumbnails({
  name: 'directory',
  open: () => new DirectoryCache({ directory, kit }),
  exceptions: { hasNoLeases: true },
});
