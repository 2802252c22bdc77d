import type { Socket } from 'node:net';
import { expect } from 'chai';
import type { RedisThumbnailCache } from '../../../src/adapters/cache-redis/index.ts';
import { encodeCacheEntry } from '../../../src/domain/cache/cache-entry-codec.ts';
import { freshKey, sampleEntry } from '../../support/cache-entries.ts';
import { type Behaviour, type Command, HostileRedis, honest, valueReply } from './hostile-redis.ts';
import {
  MINUTE_MS,
  allOf,
  expectRejectedAtOnce,
  openCache,
  recovered,
  unavailable,
  until,
} from './support.ts';

/** What the server does to every command from now on, and what the error then says. */
const FAULTS: readonly { readonly title: string; readonly fault: Behaviour; readonly says: RegExp }[] = [
  { title: 'never answers', fault: () => undefined, says: /no answer within 300 ms/ },
  { title: 'closes', fault: (_command, socket) => socket.end(), says: /closed/ },
  { title: 'resets', fault: (_command, socket) => socket.resetAndDestroy(), says: /ECONNRESET|closed/ },
  {
    title: 'sends half of the answer, then nothing',
    fault: ({ args }, socket, { store }) =>
      socket.write(half(valueReply(store.get(String(args[0])) ?? Buffer.alloc(1000)))),
    says: /no answer within/,
  },
  {
    title: 'sends half of the answer, then closes',
    fault: ({ args }, socket, { store }) =>
      socket.end(half(valueReply(store.get(String(args[0])) ?? Buffer.alloc(1000)))),
    says: /closed/,
  },
  {
    title: 'sends one byte after the other',
    fault: ({ args }, socket, { store }) => {
      const bytes = valueReply(store.get(String(args[0])) ?? Buffer.alloc(1000));
      let sent = 0;
      const drip = setInterval(() => socket.write(bytes.subarray(sent, (sent += 1))), 2);
      socket.once('close', () => clearInterval(drip));
    },
    says: /no answer within/,
  },
  {
    title: 'sends garbage',
    fault: (_command, socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
    says: /not Redis/,
  },
  ...['$-1\r\n', '+OK\r\n', '-ERR\r\n', '$4\r\nEVIL\r\n'].map((more) => ({
    title: `also answers what was not asked, ${JSON.stringify(more)}`,
    fault: (_command: Command, socket: Socket) => socket.write(`$-1\r\n${more}`),
    says: /not asked/,
  })),
  {
    title: 'answers with a list',
    fault: (_command, socket) => socket.write('*1\r\n$4\r\nEVIL\r\n'),
    says: /not Redis/,
  },
  {
    title: 'answers with a line that does not end',
    fault: (_command, socket) => socket.write(`+${'x'.repeat(100_000)}`),
    says: /not Redis/,
  },
  {
    title: 'announces a length that is none',
    fault: (_command, socket) => socket.write('$-2\r\n'),
    says: /not Redis/,
  },
  {
    title: 'announces 4 GiB, and sends and sends',
    fault: (_command, socket) => {
      socket.write('$4294967295\r\n');
      const flood = () => {
        while (socket.writable && socket.write(Buffer.alloc(65_536)));
      };
      socket.on('drain', flood);
      flood();
    },
    says: /announced a reply of 4294967295 bytes/,
  },
  {
    title: 'has become a replica',
    fault: (_command, socket) => socket.write("-READONLY You can't write against a read only replica.\r\n"),
    says: /READONLY/,
  },
];

describe('cache-redis: a hostile server', () => {
  let server: HostileRedis;
  let cache: RedisThumbnailCache;
  beforeEach(async () => {
    server = await HostileRedis.start();
    cache = await openCache(server.url);
  });
  afterEach(async () => {
    await cache.close();
    await server[Symbol.asyncDispose]();
  });

  for (const { title, fault, says } of FAULTS) {
    it(`that ${title}: the operation fails in time, later ones at once, until it is well again`, async () => {
      const [key, other] = [freshKey(), freshKey()];
      await cache.set(key, sampleEntry({ seed: 'one' }), MINUTE_MS);
      await cache.set(other, sampleEntry({ seed: 'other' }), MINUTE_MS);

      server.behave = fault;
      expect((await unavailable(cache.get(key))).message)
        .to.match(says)
        .and.to.match(/^redis at 127\.0\.0\.1:\d+: /);
      await expectRejectedAtOnce(cache, key);
      await until(() => server.connectionCount > 2);
      await expectRejectedAtOnce(cache, key);

      server.behave = honest;
      expect(await recovered(cache, key)).to.deep.equal(sampleEntry({ seed: 'one' }));
      expect(await cache.get(other)).to.deep.equal(sampleEntry({ seed: 'other' }));
      await until(() => server.sockets.size === 1);
    });
  }

  it('that refuses one operation goes on to be used for others, on the same connection', async () => {
    const key = freshKey();
    await cache.set(key, sampleEntry(), MINUTE_MS);
    server.behave = (command, socket, it) =>
      command.name === 'SET'
        ? socket.write("-OOM command not allowed when used memory > 'maxmemory'.\r\n")
        : honest(command, socket, it);
    const error = await unavailable(cache.set(key, sampleEntry({ byteLength: 100_000 }), MINUTE_MS));
    expect(error.message).to.match(/OOM command not allowed/);
    expect(allOf(error).length, 'without the entry').to.be.lessThan(5000);
    expect(await cache.get(key)).to.deep.equal(sampleEntry());
    expect(server.connectionCount).to.equal(1);
  });

  it('that closes fails all that is under way, and stores none of it later', async () => {
    const keys = Array.from({ length: 100 }, freshKey);
    await cache.get(freshKey());
    const sentBefore = server.commands.length;
    server.behave = () => undefined;
    const gets = keys.map((key) => unavailable(cache.get(key)));
    const sets = keys.map((key) => unavailable(cache.set(key, sampleEntry(), MINUTE_MS)));
    await until(() => server.commands.length >= sentBefore + 200);
    server.behave = honest;
    for (const socket of server.sockets) socket.end();
    await Promise.all([...gets, ...sets]);
    expect(await Promise.all(keys.map((key) => recovered(cache, key)))).to.deep.equal(
      keys.map(() => undefined),
    );
  });

  it('that closes an idle connection is no fault: the next operation opens another', async () => {
    const key = freshKey();
    await cache.set(key, sampleEntry(), MINUTE_MS);
    for (const socket of server.sockets) socket.end();
    await until(() => server.sockets.size === 0);
    expect(await cache.get(key)).to.deep.equal(sampleEntry());
    expect(server.connectionCount).to.equal(2);
  });

  for (const forged of ['$-1\r\n', '$-', '$4\r\nEVIL\r\n']) {
    it(`that sends ${JSON.stringify(forged)} into an idle connection loses it`, async () => {
      const key = freshKey();
      await cache.set(key, sampleEntry({ seed: 'one' }), MINUTE_MS);
      const before = [...server.sockets];
      for (const socket of before) socket.write(forged);
      await until(() => before.every((socket) => !server.sockets.has(socket)));
      expect(await recovered(cache, key)).to.deep.equal(sampleEntry({ seed: 'one' }));
    });
  }

  describe('whose value is not what was stored', () => {
    const key = freshKey();
    const genuine = encodeCacheEntry(key, sampleEntry());
    const POISONS: Record<string, Buffer> = {
      'that of another key': encodeCacheEntry(freshKey(), sampleEntry({ seed: 'EVIL' })),
      'a bare image': Buffer.from(sampleEntry().thumbnail.bytes),
      'cut short': half(genuine),
      'with one bit turned': flipped(genuine, genuine.length - 1),
      'with a head of another length': flipped(genuine, 39),
      HTML: Buffer.from('<!doctype html><script>alert(1)</script>'),
      'nothing at all': Buffer.alloc(0),
    };
    for (const [what, poison] of Object.entries(POISONS)) {
      it(`but ${what}: a miss, on the same connection, which a set mends`, async () => {
        await cache.get(freshKey());
        server.store.set(`thumbnailer:${key}`, poison);
        expect(await cache.get(key)).to.equal(undefined);
        await cache.set(key, sampleEntry(), MINUTE_MS);
        expect(await cache.get(key)).to.deep.equal(sampleEntry());
        expect(server.connectionCount).to.equal(1);
      });
    }
  });

  it('that crosses the answers of two requests: both miss', async () => {
    const [one, other] = [freshKey(), freshKey()];
    await cache.set(one, sampleEntry({ seed: 'one' }), MINUTE_MS);
    await cache.set(other, sampleEntry({ seed: 'other' }), MINUTE_MS);
    server.behave = ({ args }, socket, { store }) =>
      socket.write(valueReply(store.get(`thumbnailer:${String(args[0]).endsWith(one) ? other : one}`)));
    expect(await Promise.all([cache.get(one), cache.get(other)])).to.deep.equal([undefined, undefined]);
  });

  it('that leaves requests lying: above 256 under way, the next is rejected at once', async () => {
    await cache.get(freshKey());
    server.behave = () => undefined;
    const underWay = Array.from({ length: 256 }, () => unavailable(cache.get(freshKey())));
    const { message } = await unavailable(cache.get(freshKey()));
    expect(message).to.match(/too many/);
    for (const { message: other } of await Promise.all(underWay)) expect(other).to.match(/no answer/);
  });

  it('leaks no listener over many attempts to connect', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on('warning', onWarning);
    const hasty = await openCache(server.url, { retryMs: 1 });
    try {
      server.behave = (_command, socket) => socket.end();
      await unavailable(hasty.get(freshKey()));
      await until(() => server.connectionCount > 25);
      expect(warnings).to.deep.equal([]);
    } finally {
      process.off('warning', onWarning);
      await hasty.close();
    }
  });

  it('gets no value above 4 MiB; the older one is deleted', async () => {
    const key = freshKey();
    await cache.set(key, sampleEntry({ byteLength: 4 * 1024 * 1024 }), MINUTE_MS);
    await cache.set(key, sampleEntry(), 0.5);
    expect(server.commands.map(({ name }) => name)).to.deep.equal(['GET', 'DEL', 'DEL']);
  });
});

function half(bytes: Buffer): Buffer {
  return bytes.subarray(0, Math.max(2, bytes.length >> 1));
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = copy[at]! ^ 1;
  return copy;
}
