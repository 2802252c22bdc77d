import { spawnSync } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { RedisServer, whyNoRedis } from '../../scripts/kit/redis.ts';
import { BACKENDS, type Backend, Fleet } from '../support/fleet.ts';
import { describeUnless } from '../support/describe-with.ts';

const TIERS = ['', 'memory,'];

/** Longer than a circuit stays open after a short outage. */
const RECOVERY_MS = 15_000;

for (const tier of TIERS) {
  for (const backend of BACKENDS) {
    const { name, missing } = backend;
    describeUnless(missing, `a purge, with two processes and THUMBNAIL_CACHE=${tier}${name}`, function () {
      let fleet: Fleet;

      let path = '';

      before(async () => {
        fleet = await Fleet.start(backend, { THUMBNAIL_CACHE: `${tier}${name}` });
      });
      beforeEach(async () => {
        path += '/i';
        fleet.paint('red', path);
        for (const process of [0, 1, 0, 1])
          for (const size of ['64', '128']) await fleet.ask(process, { size, path });
        expect((await fleet.ask(1, { path })).cacheStatus).to.include('hit');
        fleet.paint('blue', path);
      });
      after(() => (missing === undefined ? fleet[Symbol.asyncDispose]() : undefined));

      const purge = () => fleet.purge(0, path);
      const expectBlueEverywhere = async () => {
        for (const size of ['64', '128'])
          for (const process of [1, 0, 1]) {
            const { colour } = await fleet.ask(process, { size, path });
            expect(colour, `${process} at ${size}`).to.equal('blue');
          }
      };
      /** Purges as soon as that can be promised. */
      const purged = async () => {
        const giveUpAt = Date.now() + RECOVERY_MS;
        while ((await purge()) !== 204) {
          expect(Date.now()).to.be.below(giveUpAt);
          await sleep(100);
        }
      };
      /** Waits until the server is used again. */
      const recovered = async () => {
        await purged();
        while (!(await fleet.ask(1, { path })).cacheStatus.includes('hit')) await sleep(50);
      };
      afterEach(() => recovered());

      it('holds', async () => {
        expect(await purge()).to.equal(204);
        await expectBlueEverywhere();
      });

      it('holds after the server was restarted', async () => {
        expect(await purge()).to.equal(204);
        await fleet.server.stop();
        await fleet.server.start();
        await expectBlueEverywhere();
        await sleep(1500);
        await expectBlueEverywhere();
      });

      it('holds while the server is down, and once it is back', async () => {
        expect(await purge()).to.equal(204);
        await fleet.server.stop();
        await expectBlueEverywhere();
        await fleet.server.start();
        await expectBlueEverywhere();
      });

      it('is refused while the server is down or silent, and holds once it was accepted', async () => {
        await fleet.server.pause();
        expect(await purge()).to.equal(503);
        fleet.server.resume();
        await fleet.server.stop();
        expect(await purge()).to.equal(503);
        await fleet.server.start();
        await purged();
        await expectBlueEverywhere();
      });

      it('holds where all is flushed, and where what it has written is evicted', async () => {
        expect(await purge()).to.equal(204);
        await flush(fleet);
        await expectBlueEverywhere();
        evictGenerations(fleet);
        await expectBlueEverywhere();
      });

      it('holds after everything was restarted', async () => {
        expect(await purge()).to.equal(204);
        await Promise.all([fleet.server.stop().then(() => fleet.server.start()), fleet.restart()]);
        await expectBlueEverywhere();
      });
    });
  }
}

const missing = whyNoRedis();
describeUnless(missing, 'a purge, with Redis', function () {
  const withSettings = (...settings: string[]): Backend => ({
    name: 'redis',
    missing,
    start: async () => {
      const server = await RedisServer.start({ settings });
      return { server, environment: { REDIS_URL: server.url, THUMBNAIL_CACHE: 'redis' } };
    },
  });

  it('holds where the server comes back with what it had before', async () => {
    await using fleet = await Fleet.start(withSettings('dbfilename dump.rdb'), {});
    fleet.paint('red');
    for (const process of [0, 1]) await fleet.ask(process);
    redisCli(fleet, 'SAVE');
    fleet.paint('blue');
    expect(await fleet.purge(0)).to.equal(204);
    expect((await fleet.ask(1)).colour).to.equal('blue');
    await fleet.server.stop();
    await fleet.server.start();
    expect(Number(redisCli(fleet, 'DBSIZE')), 'it has its old data').to.be.above(1);
    for (const process of [0, 1]) expect((await fleet.ask(process)).colour).to.equal('blue');
    await sleep(1500);
    for (const process of [0, 1]) expect((await fleet.ask(process)).colour).to.equal('blue');
  });

  it('is refused where the server is full', async () => {
    await using fleet = await Fleet.start(withSettings('maxmemory 3mb', 'maxmemory-policy noeviction'), {});
    fleet.paint('red');
    await fleet.ask(0);
    redisCli(fleet, 'CONFIG', 'SET', 'maxmemory', '1');
    expect(await fleet.purge(0)).to.equal(503);
    redisCli(fleet, 'CONFIG', 'SET', 'maxmemory', '100mb');
    expect(await fleet.purge(0)).to.equal(204);
    fleet.paint('blue');
    expect((await fleet.ask(1)).colour).to.equal('blue');
  });
});

/** Loses what was published, and nothing else that matters: all entries of the shared server. */
async function flush({ server }: Fleet): Promise<void> {
  if (server instanceof RedisServer) {
    spawnSync('redis-cli', ['-p', String(server.port), 'FLUSHALL']);
    return;
  }
  await server.stop();
  await server.start();
}

/** Of Redis, whose keys can be listed. */
function evictGenerations(fleet: Fleet): void {
  if (!(fleet.server instanceof RedisServer)) return;
  const generations = redisCli(fleet, 'KEYS', '*:g2:*').split('\n');
  expect(redisCli(fleet, 'DEL', ...generations)).to.equal(String(generations.length));
}

function redisCli({ server }: Fleet, ...command: string[]): string {
  const port = server instanceof RedisServer ? server.port : 0;
  return spawnSync('redis-cli', ['-p', String(port), ...command], { encoding: 'utf8' }).stdout.trim();
}
