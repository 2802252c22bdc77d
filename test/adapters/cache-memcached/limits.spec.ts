import { expect } from 'chai';
import type { MemcachedThumbnailCache } from '../../../src/adapters/cache-memcached/index.ts';
import { freshKey, sampleEntry } from '../../support/cache-entries.ts';
import { HostileMemcached, OPCODES, STATUSES, answer, honest } from '../../support/hostile-memcached.ts';
import { MINUTE_MS, openCache } from './support.ts';

describe('cache-memcached: limits', () => {
  let server: HostileMemcached;
  let cache: MemcachedThumbnailCache;
  beforeEach(async () => {
    server = await HostileMemcached.start();
    cache = await openCache({ servers: server.address }, { operationMs: 4000 });
  });
  afterEach(async () => {
    await cache.close();
    await server[Symbol.asyncDispose]();
  });

  const sentOpcodes = (key: string) =>
    server.requests.filter((request) => request.key === `thumbnailer:${key}`).map(({ opcode }) => opcode);

  it('a value above 1 MiB - 512 bytes is not sent; the older one is deleted', async () => {
    const key = freshKey();
    await cache.set(key, sampleEntry(), MINUTE_MS);
    await cache.set(key, sampleEntry({ byteLength: 1024 * 1024 - 512 }), MINUTE_MS);
    expect(sentOpcodes(key)).to.deep.equal([OPCODES.set, OPCODES.delete]);
    expect(await cache.get(key)).to.equal(undefined);
  });

  for (const status of [STATUSES.tooLarge, STATUSES.outOfMemory]) {
    it(`a value that the server has no room for (status ${status}) is not kept, without an error`, async () => {
      const key = freshKey();
      server.behave = (request, socket, it) =>
        request.opcode === OPCODES.set
          ? socket.write(answer(request, { status, value: Buffer.from('Too large.') }))
          : honest(request, socket, it);
      await cache.set(key, sampleEntry(), MINUTE_MS);
      expect(await cache.get(key)).to.equal(undefined);
      expect(server.connectionCount).to.equal(1);
    });
  }

  const DAY_MS = 86_400_000;
  for (const [ttlMs, seconds] of [
    [1, 1],
    [999, 1],
    [1999, 1],
    [2000, 2],
    [30 * DAY_MS, 2_592_000],
    [31 * DAY_MS, 2_592_000],
    [Infinity, 2_592_000],
  ] as const) {
    it(`a time to live of ${ttlMs} ms is sent as ${seconds} seconds`, async () => {
      await cache.set(freshKey(), sampleEntry(), ttlMs);
      expect(server.requests.at(-1)?.expires).to.equal(seconds);
    });
  }

  it('many requests share one connection', async () => {
    await Promise.all(Array.from({ length: 200 }, () => cache.get(freshKey())));
    expect(server.connectionCount).to.equal(1);
  });
});
