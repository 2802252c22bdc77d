import { MemcachedThumbnailCache } from '../../../src/adapters/cache-memcached/index.ts';
import { MemoryThumbnailCache } from '../../../src/adapters/cache-memory/index.ts';
import { TieredThumbnailCache } from '../../../src/adapters/decorators/cache-tiered/index.ts';
import type { ThumbnailCache } from '../../../src/ports/thumbnail-cache.ts';
import { Memcached, whyNoMemcached } from '../../../scripts/kit/memcached.ts';
import { itKeepsThumbnails } from './contract.ts';
import { describeUnless } from '../../support/describe-with.ts';

const memory = () => new MemoryThumbnailCache({ maxBytes: 16 * 1024 * 1024 });

function tiered(...caches: readonly ThumbnailCache[]): ThumbnailCache {
  return new TieredThumbnailCache({ tiers: caches });
}

itKeepsThumbnails({
  name: 'tiers of memory and memory',
  open: () => tiered(memory(), memory()),
  exceptions: { hasNoLeases: true },
});

describeUnless(whyNoMemcached(), 'with a real memcached', () => {
  const started = new AsyncDisposableStack();
  let server: Memcached;
  before(async () => {
    server = started.use(await Memcached.start());
  });
  after(() => started.disposeAsync());

  itKeepsThumbnails({
    name: 'tiers of memory and memcached',
    open: async () =>
      tiered(
        memory(),
        await MemcachedThumbnailCache.open({
          connection: () => Promise.resolve({ servers: server.address }),
          deadlines: { operationMs: 4000, connectMs: 4000 },
        }),
      ),
    // Memory, which is asked first, keeps what memcached has no room for.
    exceptions: { clockMs: 1000 },
  });
});
