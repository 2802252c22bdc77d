import { MemcachedThumbnailCache } from '../../../src/adapters/cache-memcached/index.ts';
import { Memcached, whyNoMemcached } from '../../../scripts/kit/memcached.ts';
import { ConfigurationEndpoint } from '../../support/configuration-endpoint.ts';
import { itKeepsThumbnails } from './contract.ts';
import { describeUnless } from '../../support/describe-with.ts';

const USER = { username: 'thumbs@localhost', password: 's3cret' } as const;

/** memcached counts whole seconds, and an item takes no more than 1 MiB with all that belongs to it. */
const exceptions = { clockMs: 1000, largestThumbnailBytes: 1024 * 1024 - 512 };

/** No test here is about speed; a machine that is busy must not look like an outage. */
const deadlines = { operationMs: 4000, connectMs: 4000 };

describeUnless(whyNoMemcached(), 'with a real memcached', () => {
  const started = new AsyncDisposableStack();
  const servers: Memcached[] = [];
  let endpoint: ConfigurationEndpoint;
  before(async () => {
    for (const options of [{ user: USER }, {}, {}]) servers.push(started.use(await Memcached.start(options)));
    endpoint = started.use(await ConfigurationEndpoint.start([addresses(1, 2), addresses(2, 3)]));
  });
  after(() => started.disposeAsync());

  const addresses = (from: number, to: number) =>
    servers
      .slice(from, to)
      .map(({ address }) => address)
      .join();

  itKeepsThumbnails({
    name: 'memcached with SASL',
    open: () =>
      MemcachedThumbnailCache.open({
        connection: () => Promise.resolve({ servers: addresses(0, 1), ...USER }),
        deadlines,
      }),
    exceptions,
  });

  itKeepsThumbnails({
    name: 'two memcached without SASL',
    open: () =>
      MemcachedThumbnailCache.open({
        connection: () => Promise.resolve({ servers: addresses(1, 3) }),
        deadlines,
      }),
    exceptions,
  });

  itKeepsThumbnails({
    name: 'memcached servers that a configuration endpoint names',
    open: () =>
      MemcachedThumbnailCache.open({
        connection: () => Promise.resolve({ servers: endpoint.address, discovery: true }),
        deadlines,
      }),
    exceptions,
  });
});
