import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { freshKey, sampleEntry } from '../../support/cache-entries.ts';
import { HostileMemcached, honest } from '../../support/hostile-memcached.ts';
import { MINUTE_MS, openCache, recovered, unavailable, until } from './support.ts';

describe('cache-memcached: several servers', () => {
  let servers: [HostileMemcached, HostileMemcached, HostileMemcached];
  beforeEach(async () => {
    servers = [
      await HostileMemcached.start(),
      await HostileMemcached.start(),
      await HostileMemcached.start(),
    ];
  });
  afterEach(async () => {
    for (const server of servers) await server[Symbol.asyncDispose]();
  });

  const list = () => servers.map(({ address }) => address).join();
  const hundredKeys = () => Array.from({ length: 100 }, freshKey);

  it('share the keys', async () => {
    const cache = await openCache({ servers: list() });
    await Promise.all(hundredKeys().map((key) => cache.set(key, sampleEntry(), MINUTE_MS)));
    // Of 100 keys each server expects 33; fewer than 10 would be a chance of one in ten million.
    for (const { store } of servers) expect(store.size).to.be.within(10, 66);
    await cache.close();
  });

  it('each have their own faults: while one is silent the others have its keys, and keep their own', async () => {
    const cache = await openCache({ servers: list() });
    const keys = hundredKeys();
    await Promise.all(keys.map((key) => cache.set(key, sampleEntry({ seed: key }), MINUTE_MS)));
    const [dead] = servers;
    const lost = keys.filter((key) => dead.store.has(`thumbnailer:${key}`));
    dead.behave = () => undefined;
    await unavailable(cache.get(lost[0]!));

    for (const key of keys) {
      expect(await cache.get(key)).to.deep.equal(lost.includes(key) ? undefined : sampleEntry({ seed: key }));
    }
    await Promise.all(lost.map((key) => cache.set(key, sampleEntry({ seed: key }), MINUTE_MS)));
    for (const key of lost) expect(await cache.get(key)).to.deep.equal(sampleEntry({ seed: key }));
    await cache.close();
  });

  it('never bring back what was replaced while they were down', async () => {
    const cache = await openCache({ servers: list() });
    const generation = (name: string) =>
      ({ kind: 'generation', generation: name, createdAtMs: 1, freshUntilMs: 0 }) as const;
    const keys = hundredKeys();
    for (const key of keys) await cache.set(key, generation('old'), MINUTE_MS);
    const [sick] = servers;
    const own = keys.find((key) => sick.store.has(`thumbnailer:${key}`))!;
    sick.behave = () => undefined;
    await unavailable(cache.publish(own, generation('new'), MINUTE_MS, 'replace'));
    sick.behave = honest;
    const publish = () => cache.publish(own, generation('new'), MINUTE_MS, 'replace').catch(() => false);
    while (!(await publish())) await sleep(10);
    for (const { store } of servers) expect(store.has(`thumbnailer:${own}`)).to.equal(true);
    sick.behave = () => undefined;
    await unavailable(cache.getPublished(own));
    expect(await cache.getPublished(own), 'on the server that is asked instead').to.deep.equal(
      generation('new'),
    );
    await cache.close();
  });

  it('get their own keys back when they have recovered', async () => {
    const cache = await openCache({ servers: list() });
    const [sick] = servers;
    const keys = hundredKeys();
    await Promise.all(keys.map((key) => cache.set(key, sampleEntry({ seed: key }), MINUTE_MS)));
    const own = keys.find((key) => sick.store.has(`thumbnailer:${key}`))!;
    sick.behave = () => undefined;
    await unavailable(cache.get(own));
    expect(await cache.get(own)).to.equal(undefined);
    sick.behave = honest;
    const askedBefore = sick.requests.length;
    await until(() => sick.requests.length > askedBefore);
    while ((await cache.get(own)) === undefined) await until(() => true);
    expect(await cache.get(own)).to.deep.equal(sampleEntry({ seed: own }));
    await cache.close();
  });

  it('are exchanged when a new list comes after a fault', async () => {
    const [old, kept, added] = servers;
    let current = `${old.address},${kept.address}`;
    const cache = await openCache(() => ({ servers: current }));
    await Promise.all(hundredKeys().map((key) => cache.set(key, sampleEntry(), MINUTE_MS)));
    current = `${kept.address},${added.address}`;
    old.behave = (_request, socket) => socket.end();
    await Promise.allSettled(hundredKeys().map((key) => cache.get(key)));
    await until(() => cache.description === `memcached at ${kept.address}, ${added.address}`);
    old.behave = honest;

    const keys = hundredKeys();
    for (const key of keys) await recovered(cache, key);
    await Promise.all(keys.map((key) => cache.set(key, sampleEntry(), MINUTE_MS)));
    for (const key of keys) expect(await cache.get(key)).to.deep.equal(sampleEntry());
    expect(added.store.size).to.be.greaterThan(0);
    expect(kept.connectionCount).to.equal(1);
    await cache.close();
    await until(() => old.sockets.size === 0);
  });
});
