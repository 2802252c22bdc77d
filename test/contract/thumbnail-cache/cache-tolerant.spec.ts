import { expect } from 'chai';
import { MemcachedThumbnailCache } from '../../../src/adapters/cache-memcached/index.ts';
import { MemoryThumbnailCache } from '../../../src/adapters/cache-memory/index.ts';
import {
  type CacheChange,
  TolerantThumbnailCache,
} from '../../../src/adapters/decorators/cache-tolerant/index.ts';
import { CacheUnavailableError, type ThumbnailCache } from '../../../src/ports/thumbnail-cache.ts';
import { Memcached, whyNoMemcached } from '../../../scripts/kit/memcached.ts';
import { itKeepsThumbnails } from './contract.ts';
import { describeUnless } from '../../support/describe-with.ts';

const changes: CacheChange[] = [];

function tolerant(cache: ThumbnailCache): ThumbnailCache {
  return new TolerantThumbnailCache({ cache, onChange: (change) => changes.push(change) });
}

/** A closed cache cannot promise anything any more. */
const isOfClosed = (error: unknown) =>
  error instanceof CacheUnavailableError && error.message.includes('closed');

describe('cache-tolerant', () => {
  /** A fault that is tolerated would otherwise look like a test of a miss that went well. */
  afterEach(() => {
    const faults = changes.filter((change) => !(change.state === 'down' && isOfClosed(change.error)));
    changes.length = 0;
    expect(faults).to.deep.equal([]);
  });

  itKeepsThumbnails({
    name: 'tolerant of memory',
    open: () => tolerant(new MemoryThumbnailCache({ maxBytes: 16 * 1024 * 1024 })),
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
      name: 'tolerant of memcached',
      open: async () =>
        tolerant(
          await MemcachedThumbnailCache.open({
            connection: () => Promise.resolve({ servers: server.address }),
            deadlines: { operationMs: 4000, connectMs: 4000 },
          }),
        ),
      exceptions: { clockMs: 1000, largestThumbnailBytes: 1024 * 1024 - 512 },
    });
  });
});
