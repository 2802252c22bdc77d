import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DiskThumbnailCache } from '../../../src/adapters/cache-disk/index.ts';
import { itKeepsThumbnails } from './contract.ts';

describe('with a folder', () => {
  const folder = mkdtempSync(join(tmpdir(), 'thumbnails-'));
  after(() => rmSync(folder, { recursive: true }));

  itKeepsThumbnails({
    name: 'disk',
    open: () => DiskThumbnailCache.open({ folder, maxBytes: 2 * 1024 ** 3 }),
  });

  itKeepsThumbnails({
    name: 'disk that is small',
    open: () => DiskThumbnailCache.open({ folder: join(folder, 'small'), maxBytes: 16 * 1024 * 1024 }),
    exceptions: { largestThumbnailBytes: 1024 * 1024 - 4096 },
  });
});
