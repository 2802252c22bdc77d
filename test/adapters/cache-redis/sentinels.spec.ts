import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { tell } from '../../../scripts/kit/redis-cluster.ts';
import { SentinelledRedis } from '../../../scripts/kit/redis-sentinels.ts';
import { whyNoRedis } from '../../../scripts/kit/redis.ts';
import { freshKey, sampleEntry } from '../../support/cache-entries.ts';
import { MINUTE_MS, expectRejectedAtOnce, openCache, recovered, unavailable } from './support.ts';
import { describeUnless } from '../../support/describe-with.ts';

const GENERATION = { kind: 'generation', createdAtMs: 1, freshUntilMs: 0 } as const;

describeUnless(whyNoRedis(), 'cache-redis: sentinels', () => {
  it('lead to another primary when the one is gone, which has nothing of what was published before', async () => {
    await using redis = await SentinelledRedis.start();
    const cache = await openCache(`redis+sentinel://${redis.hosts}`);
    const [key, source] = [freshKey(), freshKey()];
    await cache.set(key, sampleEntry(), MINUTE_MS);
    await cache.publish(source, { ...GENERATION, generation: 'before' }, MINUTE_MS, 'replace');
    await tell(redis.primary, 'wait', '1', '1000');
    await redis.primary.stop();
    await unavailable(cache.get(key));
    await expectRejectedAtOnce(cache, key);
    expect(await recovered(cache, key)).to.deep.equal(sampleEntry());
    expect(await cache.getPublished(source)).to.equal(undefined);
    await cache.set(key, sampleEntry({ seed: 'new' }), MINUTE_MS);
    expect(await tell(redis.replica, 'exists', `thumbnailer:${key}`)).to.equal('1');
    expect(cache.description).to.include(`redis at 127.0.0.1:${redis.replica.port}`);
    await cache.close();
  });

  it('lead away from a primary that goes on answering', async () => {
    await using redis = await SentinelledRedis.start();
    const cache = await openCache(`redis+sentinel://${redis.hosts}`);
    const key = freshKey();
    await cache.set(key, sampleEntry(), MINUTE_MS);
    // Without "client kill", by which Redis 7 has clients of a primary look again.
    await tell(redis.primary, 'config', 'set', 'replica-read-only', 'no');
    await tell(redis.sentinels[0] ?? redis.primary, 'sentinel', 'failover', 'mymaster');
    while (!cache.description.includes(`127.0.0.1:${redis.replica.port}`)) {
      await cache.get(key).catch(() => undefined);
      await sleep(20);
    }
    expect(await recovered(cache, key)).to.deep.equal(sampleEntry());
    await cache.close();
  });

  it('are asked without a login, and the primary with one; some of them may be down', async () => {
    await using redis = await SentinelledRedis.start('s3cret@');
    await redis.sentinels[0]?.stop();
    await redis.sentinels[1]?.pause();
    const cache = await openCache(`redis+sentinel://:s3cret%40@${redis.hosts}/1`);
    const key = freshKey();
    expect(await recovered(cache, key)).to.equal(undefined);
    await cache.set(key, sampleEntry(), MINUTE_MS);
    expect(await cache.get(key)).to.deep.equal(sampleEntry());
    redis.sentinels[1]?.resume();
    await cache.close();
  });

  it('are told the password where they demand one', async () => {
    await using redis = await SentinelledRedis.start('s3cret', 's3cret');
    for (const [password, expected] of [
      ['s3cret', undefined],
      ['wr0ng', /refused the login \(WRONGPASS\)/],
    ] as const) {
      const cache = await openCache(`redis+sentinel://:${password}@${redis.hosts}`, { operationMs: 1000 });
      const asked = cache.get(freshKey());
      if (expected === undefined) expect(await asked).to.equal(undefined);
      else expect((await unavailable(asked)).message).to.match(expected);
      await cache.close();
    }
  });

  it('that do not know the primary say so', async () => {
    await using redis = await SentinelledRedis.start();
    const cache = await openCache(`redis+sentinel://${redis.hosts.replace('mymaster', 'other')}`);
    expect((await unavailable(cache.get(freshKey()))).message).to.match(
      /no sentinel knows the primary other/,
    );
    await expectRejectedAtOnce(cache, freshKey());
    await cache.close();
  });
});
