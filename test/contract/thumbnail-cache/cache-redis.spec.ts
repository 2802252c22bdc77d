import { RedisThumbnailCache } from '../../../src/adapters/cache-redis/index.ts';
import { RedisCluster } from '../../../scripts/kit/redis-cluster.ts';
import { SentinelledRedis } from '../../../scripts/kit/redis-sentinels.ts';
import { RedisServer, whyNoRedis } from '../../../scripts/kit/redis.ts';
import { selfSignedCertificate, trust } from '../../../scripts/kit/self-signed-certificate.ts';
import { itKeepsThumbnails } from './contract.ts';
import { describeUnless } from '../../support/describe-with.ts';

const CERTIFICATE = selfSignedCertificate('localhost');
const USER = { username: 'thumbs', password: 's3cret' } as const;

/** No test here is about speed; a machine that is busy must not look like an outage. */
const deadlines = { operationMs: 4000, connectMs: 4000 };

describeUnless(whyNoRedis(), 'with a real Redis', () => {
  const started = new AsyncDisposableStack();
  let server: RedisServer;
  let guarded: RedisServer;
  let cluster: RedisCluster;
  let secure: RedisCluster;
  let sentinelled: SentinelledRedis;
  before(async function () {
    this.timeout(60_000);
    server = started.use(await RedisServer.start());
    guarded = started.use(await RedisServer.start({ user: USER }));
    cluster = started.use(await RedisCluster.start());
    started.use(trust(CERTIFICATE));
    secure = started.use(await RedisCluster.start({ certificate: CERTIFICATE, password: 's3cret' }));
    sentinelled = started.use(await SentinelledRedis.start());
  });
  after(() => started.disposeAsync());

  const openAt = (url: string) =>
    RedisThumbnailCache.open({ connection: () => Promise.resolve({ url }), deadlines });

  itKeepsThumbnails({ name: 'redis', open: () => openAt(server.url) });

  itKeepsThumbnails({
    name: 'redis with a user who may do no more than is needed',
    open: () => openAt(`redis://${USER.username}:${USER.password}@127.0.0.1:${guarded.port}`),
  });

  itKeepsThumbnails({ name: 'redis cluster', open: () => openAt(cluster.url) });

  itKeepsThumbnails({
    name: 'redis cluster with TLS and a password',
    open: () => openAt(`rediss+cluster://:s3cret@${secure.hostsAt('localhost')}`),
  });

  itKeepsThumbnails({
    name: 'a database of redis that sentinels watch',
    open: () => openAt(`redis+sentinel://${sentinelled.hosts}/2`),
  });

  itKeepsThumbnails({ name: 'another database of redis', open: () => openAt(`${server.url}/3`) });
});
