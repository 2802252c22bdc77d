import { MemoryThumbnailCache } from '../../../src/adapters/cache-memory/index.ts';
import { itKeepsThumbnails } from './contract.ts';

itKeepsThumbnails({
  name: 'memory',
  open: () => new MemoryThumbnailCache({ maxBytes: 16 * 1024 * 1024 }),
  exceptions: { hasNoLeases: true },
});

itKeepsThumbnails({
  name: 'memory that is smaller than a large thumbnail',
  open: () => new MemoryThumbnailCache({ maxBytes: 1024 * 1024 }),
  exceptions: { hasNoLeases: true, largestThumbnailBytes: 1023 * 1024 },
});
