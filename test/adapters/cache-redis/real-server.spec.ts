import { expect } from 'chai';
import type { RedisThumbnailCache } from '../../../src/adapters/cache-redis/index.ts';
import { linked, tell } from '../../../scripts/kit/redis-cluster.ts';
import { freshKey, sampleEntry } from '../../support/cache-entries.ts';
import { RedisServer, whyNoRedis } from '../../../scripts/kit/redis.ts';
import { selfSignedCertificate, trust } from '../../../scripts/kit/self-signed-certificate.ts';
import { MINUTE_MS, allOf, expectRejectedAtOnce, openCache, recovered, unavailable } from './support.ts';
import { describeUnless } from '../../support/describe-with.ts';
import { itOutlastsOutages } from '../../support/outage-contract.ts';

const USER = { username: 'thumbs', password: 's3cret' } as const;
const GENERATION = { kind: 'generation', createdAtMs: 1, freshUntilMs: 0 } as const;
const CERTIFICATE = selfSignedCertificate('localhost');

describeUnless(whyNoRedis(), 'cache-redis: a real server', () => {
  itOutlastsOutages(
    () => RedisServer.start(),
    ({ url }, deadlines) => openCache(url, deadlines),
  );

  for (const scheme of ['redis', 'rediss'] as const) {
    it(`at ${scheme}:// that does not know the password is used once that has been set right`, async () => {
      using _trust = trust(CERTIFICATE);
      await using server = await RedisServer.start({
        user: USER,
        ...(scheme === 'rediss' && { certificate: CERTIFICATE }),
      });
      let password = 'wr0ng';
      const cache = await openCache(
        () => `${scheme}://${USER.username}:${password}@localhost:${server.port}`,
        { operationMs: 1000, connectMs: 1000 },
      );
      const key = freshKey();
      const error = await unavailable(cache.set(key, sampleEntry(), MINUTE_MS));
      expect(error.message).to.match(/refused the login \(WRONGPASS\)/);
      expect(allOf(error) + cache.description).not.to.match(/wr0ng|s3cret/);
      await expectRejectedAtOnce(cache, key);
      ({ password } = USER);
      expect(await recovered(cache, key), 'nothing is sent late').to.equal(undefined);
      await cache.set(key, sampleEntry(), MINUTE_MS);
      expect(await cache.get(key)).to.deep.equal(sampleEntry());
      await cache.close();
    });
  }

  it('whose certificate nobody vouches for is not used', async () => {
    await using server = await RedisServer.start({ certificate: CERTIFICATE });
    const cache = await openCache(`rediss://localhost:${server.port}`, {
      operationMs: 1000,
      connectMs: 1000,
    });
    expect((await unavailable(cache.get(freshKey()))).message).to.match(/self-signed certificate/);
    await cache.close();
  });

  it('that speaks TLS is not used without, and the other way round', async () => {
    await using safe = await RedisServer.start({ certificate: CERTIFICATE });
    await using plain = await RedisServer.start();
    for (const url of [`redis://127.0.0.1:${safe.port}`, `rediss://127.0.0.1:${plain.port}`]) {
      const cache = await openCache(url);
      await unavailable(cache.get(freshKey()));
      await expectRejectedAtOnce(cache, freshKey());
      await cache.close();
    }
  });

  it('that demands a password is used with it, and not without', async () => {
    await using server = await RedisServer.start({ password: 's3cret' });
    const [with_, without] = [
      await openCache(`redis://:s3cret@127.0.0.1:${server.port}`),
      await openCache(server.url),
    ];
    expect(await with_.get(freshKey())).to.equal(undefined);
    expect((await unavailable(without.get(freshKey()))).message).to.match(/NOAUTH/);
    await with_.close();
    await without.close();
  });

  it('that is the primary again, after a replica that lagged behind, has nothing of what it once published', async () => {
    await using first = await RedisServer.start();
    await using second = await RedisServer.start({ settings: [`replicaof 127.0.0.1 ${first.port}`] });
    await linked(second);
    const source = freshKey();
    const { url } = first;
    const published = async (): Promise<RedisThumbnailCache> => {
      const cache = await openCache(url, { operationMs: 1000 });
      await recovered(cache, freshKey());
      return cache;
    };
    const before = await published();
    await before.publish(source, { ...GENERATION, generation: 'before' }, MINUTE_MS, 'replace');
    await tell(first, 'wait', '1', '1000');
    await tell(second, 'replicaof', '127.0.0.1', '1');
    await before.publish(source, { ...GENERATION, generation: 'after' }, MINUTE_MS, 'replace');
    await before.close();
    await tell(second, 'replicaof', 'no', 'one');
    await tell(first, 'replicaof', '127.0.0.1', String(second.port));
    await linked(first);
    await tell(first, 'replicaof', 'no', 'one');
    const again = await published();
    expect(await again.getPublished(source)).to.equal(undefined);
    await again.close();
  });

  it('that has another name since its first replica came has what was published before for all', async () => {
    await using server = await RedisServer.start();
    const source = freshKey();
    const open = async () => {
      const cache = await openCache(server.url, { operationMs: 1000 });
      await recovered(cache, freshKey());
      return cache;
    };
    const early = await open();
    await using replica = await RedisServer.start({ settings: [`replicaof 127.0.0.1 ${server.port}`] });
    await linked(replica);
    const late = await open();
    const entry = { ...GENERATION, generation: 'late' };
    expect(await late.publish(source, entry, MINUTE_MS, 'add')).to.equal(true);
    expect(await early.publish(source, { ...entry, generation: 'early' }, MINUTE_MS, 'add')).to.equal(false);
    for (const cache of [early, late]) {
      expect(await cache.getPublished(source)).to.deep.equal(entry);
      await cache.close();
    }
  });

  it('that is full says so, and what is in it goes on to be served', async () => {
    await using server = await RedisServer.start({
      settings: ['maxmemory 4mb', 'maxmemory-policy noeviction'],
    });
    const cache = await openCache(server.url, { operationMs: 4000 });
    const key = freshKey();
    await cache.set(key, sampleEntry(), MINUTE_MS);
    const filling = async () => {
      for (let index = 0; index < 10; index += 1) {
        await cache.set(freshKey(), sampleEntry({ byteLength: 900_000 }), MINUTE_MS);
      }
    };
    expect((await unavailable(filling())).message).to.match(/OOM/);
    expect(await cache.get(key)).to.deep.equal(sampleEntry());
    await cache.close();
  });
});
