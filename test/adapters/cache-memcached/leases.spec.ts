import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import type { MemcachedThumbnailCache } from '../../../src/adapters/cache-memcached/index.ts';
import { freshKey, sampleEntry } from '../../support/cache-entries.ts';
import { HostileMemcached, OPCODES, STATUSES, answer, honest } from '../../support/hostile-memcached.ts';
import { Memcached, whyNoMemcached } from '../../../scripts/kit/memcached.ts';
import { MINUTE_MS, expectRejectedAtOnce, openCache, unavailable } from './support.ts';
import { describeUnless } from '../../support/describe-with.ts';

const ADD = 0x02;

describe('cache-memcached: leases', () => {
  let server: HostileMemcached;
  let cache: MemcachedThumbnailCache;
  beforeEach(async () => {
    server = await HostileMemcached.start();
    cache = await openCache({ servers: server.address }, { operationMs: 4000, connectMs: 4000 });
  });
  afterEach(async () => {
    await cache.close();
    await server[Symbol.asyncDispose]();
  });

  const answerAdds = (options: { readonly status?: number; readonly cas?: bigint }) => {
    server.behave = (request, socket, it) => {
      if (request.opcode !== ADD) {
        honest(request, socket, it);
        return;
      }
      const bytes = answer(request, options);
      bytes.writeBigUInt64BE(options.cas ?? 0n, 16);
      return socket.write(bytes);
    };
  };
  const requestsOf = (opcode: number) => server.requests.filter((request) => request.opcode === opcode);

  for (const [ttlMs, seconds] of [
    [1, 1],
    [1000, 1],
    [1001, 2],
    [Infinity, 2_592_000],
  ] as const) {
    it(`one of ${ttlMs} ms is asked for ${seconds} seconds`, async () => {
      answerAdds({ cas: 7n });
      expect(await cache.lease(freshKey(), ttlMs)).not.to.equal(undefined);
      expect(requestsOf(ADD).map(({ expires }) => expires)).to.deep.equal([seconds]);
    });
  }

  it('is not released where the server does not say which version it is: it ends by itself', async () => {
    answerAdds({ cas: 0n });
    const lease = await cache.lease(freshKey(), MINUTE_MS);
    await lease?.release();
    expect(lease).not.to.equal(undefined);
    expect(requestsOf(OPCODES.delete)).to.deep.equal([]);
  });

  it('is not granted where another has it, which is no fault', async () => {
    answerAdds({ status: 0x02 });
    expect(await cache.lease(freshKey(), MINUTE_MS)).to.equal(undefined);
    expect(server.connectionCount).to.equal(1);
  });

  for (const status of [STATUSES.tooLarge, STATUSES.outOfMemory]) {
    it(`is refused, and not called another's, where there is no room for it (status ${status})`, async () => {
      answerAdds({ status });
      const { message, cause } = await unavailable(cache.lease(freshKey(), MINUTE_MS));
      expect(message).to.match(/no room for 36 bytes/);
      expect(cause).to.include({ name: 'CacheRefusal', fault: 'full' });
      await cache.get(freshKey());
      expect(server.connectionCount, 'the server is in order').to.equal(1);
    });
  }

  it('fails with any other status, and in time without an answer', async () => {
    answerAdds({ status: 0x81 });
    expect((await unavailable(cache.lease(freshKey(), MINUTE_MS))).message).to.match(/refused to add/);
    await expectRejectedAtOnce(cache, freshKey());
    await cache.close();

    cache = await openCache({ servers: server.address });
    await cache.get(freshKey());
    server.behave = () => undefined;
    expect((await unavailable(cache.lease(freshKey(), MINUTE_MS))).message).to.match(
      /no answer within 1000 ms/,
    );
  });

  describeUnless(whyNoMemcached(), 'of a real memcached', () => {
    it('that keeps no versions: a released lease ends with its time', async () => {
      await using real = await Memcached.start({ args: ['-C'] });
      const other = await openCache({ servers: real.address }, { operationMs: 4000 });
      const key = freshKey();
      // The server's clock ticks once a second: a lease of one second might be over at once.
      await (await other.lease(key, 4000))?.release();
      expect(await other.lease(key, 4000)).to.equal(undefined);
      while ((await other.lease(key, 4000)) === undefined) await sleep(100);
      await other.close();
    });

    it('are one among several processes', async () => {
      await using real = await Memcached.start();
      const caches = await Promise.all(
        Array.from({ length: 3 }, () => openCache({ servers: real.address }, { operationMs: 4000 })),
      );
      const key = freshKey();
      const leases = await Promise.all(caches.map((one) => one.lease(key, MINUTE_MS)));
      expect(leases.filter((lease) => lease !== undefined)).to.have.length(1);
      await caches[0]?.set(key, sampleEntry(), MINUTE_MS);
      expect(await caches[2]?.get(key)).to.deep.equal(sampleEntry());
      await Promise.all(caches.map((one) => one.close()));
    });
  });
});
