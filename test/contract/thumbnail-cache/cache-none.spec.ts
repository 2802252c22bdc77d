import { NoThumbnailCache } from '../../../src/adapters/cache-none/index.ts';
import { itKeepsThumbnails } from './contract.ts';

itKeepsThumbnails({
  name: 'none',
  open: () => new NoThumbnailCache(),
  exceptions: { keepsNothing: true, hasNoLeases: true },
});
