import { MemoryThumbnailCache } from '../../../src/adapters/cache-memory/index.ts';
import { ObservedThumbnailCache } from '../../../src/adapters/decorators/observed/index.ts';
import { itKeepsThumbnails } from './contract.ts';

itKeepsThumbnails({
  name: 'observed memory',
  open: () =>
    new ObservedThumbnailCache({
      cache: new MemoryThumbnailCache({ maxBytes: 16 * 1024 * 1024 }),
      tier: 'memory',
      observe: () => () => undefined,
    }),
  exceptions: { hasNoLeases: true },
});
