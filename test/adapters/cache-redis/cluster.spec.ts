import { expect } from 'chai';
import type { CacheKey } from '../../../src/domain/cache/cache-key.ts';
import { slotOf } from '../../../src/adapters/cache-redis/key-slot.ts';
import type { RedisThumbnailCache } from '../../../src/adapters/cache-redis/index.ts';
import { RedisCluster, tell } from '../../../scripts/kit/redis-cluster.ts';
import { type RedisServer, whyNoRedis } from '../../../scripts/kit/redis.ts';
import { freshKey, sampleEntry } from '../../support/cache-entries.ts';
import { MINUTE_MS, expectRejectedAtOnce, openCache, recovered, unavailable } from './support.ts';
import { describeUnless } from '../../support/describe-with.ts';

const GENERATION = { kind: 'generation', createdAtMs: 1, freshUntilMs: 0 } as const;

describeUnless(whyNoRedis(), 'cache-redis: a cluster', () => {
  let cluster: RedisCluster;
  let cache: RedisThumbnailCache;
  beforeEach(async () => {
    cluster = await RedisCluster.start({ replicas: 1 });
    cache = await openCache(cluster.url, { operationMs: 1000 });
  });
  afterEach(async () => {
    await cache.close();
    await cluster[Symbol.asyncDispose]();
  });

  /** A key that the primary with this number has. */
  function keyOf(primary: number): CacheKey {
    for (;;) {
      const key = freshKey();
      if (Math.min(2, Math.floor(slotOf(`thumbnailer:${key}`) / 5461)) === primary) return key;
    }
  }

  const primary = (at: number): RedisServer => {
    const server = cluster.primaries[at];
    if (server === undefined) throw new Error('there is no such primary');
    return server;
  };

  it('keeps each key where the cluster expects it', async () => {
    for (const at of [0, 1, 2]) {
      const key = keyOf(at);
      await cache.set(key, sampleEntry(), MINUTE_MS);
      expect(await tell(primary(at), 'exists', `thumbnailer:${key}`)).to.equal('1');
    }
    for (const key of [
      '',
      'a',
      'foo{bar}baz',
      'foo{}bar',
      '{}{a}',
      'foo{{bar}}zap',
      'ä{ö}ü',
      '}{',
      '{a',
      freshKey(),
    ])
      expect(await tell(primary(0), 'cluster', 'keyslot', key), key).to.equal(String(slotOf(key)));
  });

  it('that loses a node loses its keys alone, at once, and has them again with it', async () => {
    const [lost, kept] = [keyOf(1), keyOf(2)];
    for (const key of [lost, kept]) await cache.set(key, sampleEntry(), MINUTE_MS);
    await primary(1).stop();
    await unavailable(cache.get(lost));
    await expectRejectedAtOnce(cache, lost);
    expect(await cache.get(kept)).to.deep.equal(sampleEntry());
    await primary(1).start();
    expect(await recovered(cache, lost), 'its memory is empty').to.equal(undefined);
  });

  it('whose node freezes waits for it once', async () => {
    const [lost, kept] = [keyOf(1), keyOf(2)];
    for (const key of [lost, kept]) await cache.set(key, sampleEntry(), MINUTE_MS);
    await primary(1).pause();
    try {
      await unavailable(cache.get(lost));
      await expectRejectedAtOnce(cache, lost);
      expect(await cache.get(kept)).to.deep.equal(sampleEntry());
    } finally {
      primary(1).resume();
    }
    expect(await recovered(cache, lost)).to.deep.equal(sampleEntry());
  });

  it('whose replica takes over is followed, and has nothing of what was published before', async () => {
    const [key, source] = [keyOf(0), keyOf(0)];
    await cache.set(key, sampleEntry(), MINUTE_MS);
    await cache.publish(source, { ...GENERATION, generation: 'before' }, MINUTE_MS, 'replace');
    expect(await cache.getPublished(source)).to.include({ generation: 'before' });
    await tell(primary(0), 'wait', '1', '1000');
    await primary(0).stop();
    expect(await recovered(cache, key)).to.deep.equal(sampleEntry());
    expect(await cache.getPublished(source)).to.equal(undefined);
    expect(await cache.publish(source, { ...GENERATION, generation: 'after' }, MINUTE_MS, 'add')).to.equal(
      true,
    );
    expect(await cache.getPublished(source)).to.include({ generation: 'after' });
  });

  it('that moves a slot is followed, and a slot that comes back brings nothing of what was published back', async () => {
    const key = keyOf(0);
    const [slot, name] = [String(slotOf(`thumbnailer:${key}`)), `thumbnailer:${key}`];
    const [home, away] = [primary(0), primary(1)];
    const published = async () => cache.getPublished(key);
    const move = async (from: RedisServer, to: RedisServer) => {
      const [fromId, toId] = [await tell(from, 'cluster', 'myid'), await tell(to, 'cluster', 'myid')];
      await tell(to, 'cluster', 'setslot', slot, 'importing', fromId);
      await tell(from, 'cluster', 'setslot', slot, 'migrating', toId);
      await tell(from, 'migrate', '127.0.0.1', String(to.port), name, '0', '5000');
      await published();
      await tell(to, 'cluster', 'setslot', slot, 'node', toId);
      await tell(from, 'cluster', 'setslot', slot, 'node', toId);
    };
    await cache.publish(key, { ...GENERATION, generation: 'old' }, MINUTE_MS, 'replace');
    await move(home, away);
    expect(await published()).to.equal(undefined);
    await cache.publish(key, { ...GENERATION, generation: 'new' }, MINUTE_MS, 'replace');
    expect(await published()).to.include({ generation: 'new' });
    await move(away, home);
    expect(await published()).to.equal(undefined);
  });

  it('is found by the nodes that are there', async () => {
    const key = keyOf(2);
    const other = await openCache(`redis+cluster://127.0.0.1:1,127.0.0.1:${primary(2).port}`);
    await other.set(key, sampleEntry(), MINUTE_MS);
    expect(await cache.get(key)).to.deep.equal(sampleEntry());
    await other.close();
  });

  it('that is gone altogether is used again when it is back', async () => {
    const key = keyOf(0);
    await cache.set(key, sampleEntry(), MINUTE_MS);
    const all = [...cluster.primaries, ...cluster.replicas];
    for (const server of all) await server.stop();
    await unavailable(cache.get(key));
    await expectRejectedAtOnce(cache, key);
    for (const server of all) await server.start();
    expect(await recovered(cache, key), 'its memory is empty').to.equal(undefined);
  });

  it('is none where the server is alone, or has no slots to tell of', async () => {
    const alone = await openCache(`redis+cluster://127.0.0.1:1`);
    expect((await unavailable(alone.get(freshKey()))).message).to.match(
      /^redis cluster at 127.0.0.1:1: .*ECONNREFUSED/,
    );
    await expectRejectedAtOnce(alone, freshKey());
    await alone.close();
  });
});
