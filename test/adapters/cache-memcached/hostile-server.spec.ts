import { expect } from 'chai';
import { encodeCacheEntry } from '../../../src/domain/cache/cache-entry-codec.ts';
import type { MemcachedThumbnailCache } from '../../../src/adapters/cache-memcached/index.ts';
import { freshKey, sampleEntry } from '../../support/cache-entries.ts';
import {
  type Behaviour,
  HostileMemcached,
  OPCODES,
  answer,
  honest,
  valueAnswer,
} from '../../support/hostile-memcached.ts';
import { MINUTE_MS, expectRejectedAtOnce, openCache, recovered, unavailable, until } from './support.ts';

/** What the server does to every request from now on, and what the error then says. */
const FAULTS: readonly { readonly title: string; readonly fault: Behaviour; readonly says: RegExp }[] = [
  { title: 'never answers', fault: () => undefined, says: /no answer within 300 ms/ },
  { title: 'closes', fault: (_request, socket) => socket.end(), says: /closed/ },
  { title: 'resets', fault: (_request, socket) => socket.resetAndDestroy(), says: /ECONNRESET|closed/ },
  {
    title: 'sends half of the answer, then nothing',
    fault: (request, socket, { store }) => socket.write(half(valueAnswer(request, store.get(request.key)))),
    says: /no answer within/,
  },
  {
    title: 'sends half of the answer, then closes',
    fault: (request, socket, { store }) => socket.end(half(valueAnswer(request, store.get(request.key)))),
    says: /closed/,
  },
  {
    title: 'sends one byte after the other',
    fault: (request, socket, { store }) => {
      const bytes = valueAnswer(request, store.get(request.key) ?? Buffer.alloc(1000));
      let sent = 0;
      const drip = setInterval(() => socket.write(bytes.subarray(sent, (sent += 1))), 2);
      socket.once('close', () => clearInterval(drip));
    },
    says: /no answer within/,
  },
  {
    title: 'sends garbage',
    fault: (_request, socket) => socket.write('ERROR\r\nHTTP/1.1 400 Bad Request\r\n\r\n'),
    says: /not memcached/,
  },
  {
    title: 'announces 4 GiB, and sends and sends',
    fault: (request, socket) => {
      socket.write(answer(request, { bodyLength: 0xffff_ffff }));
      const flood = () => {
        while (socket.writable && socket.write(Buffer.alloc(65_536)));
      };
      socket.on('drain', flood);
      flood();
    },
    says: /announced a body of 4294967295 bytes/,
  },
  {
    title: 'announces a body shorter than what is in it',
    fault: (request, socket) => socket.write(answer(request, { extras: Buffer.alloc(4), bodyLength: 3 })),
    says: /contradict/,
  },
  {
    title: 'answers what was not asked',
    fault: (request, socket) => socket.write(answer({ ...request, opaque: 1_000_000 })),
    says: /was not asked/,
  },
  {
    title: 'refuses with a status that nobody knows',
    fault: (request, socket) => socket.write(answer(request, { status: 0xfff })),
    says: /refused to get \(status 4095\)/,
  },
  {
    title: 'demands a login in the middle of it',
    fault: (request, socket) => socket.write(answer(request, { status: 0x20 })),
    says: /authentication failed/,
  },
];

describe('cache-memcached: a hostile server', () => {
  let server: HostileMemcached;
  let cache: MemcachedThumbnailCache;
  beforeEach(async () => {
    server = await HostileMemcached.start();
    cache = await openCache({ servers: server.address });
  });
  afterEach(async () => {
    await cache.close();
    await server[Symbol.asyncDispose]();
  });

  for (const { title, fault, says } of FAULTS) {
    it(`that ${title}: fails in time, then at once, and recovers`, async () => {
      const [key, other] = [freshKey(), freshKey()];
      await cache.set(key, sampleEntry({ seed: 'one' }), MINUTE_MS);
      await cache.set(other, sampleEntry({ seed: 'other' }), MINUTE_MS);

      server.behave = fault;
      expect((await unavailable(cache.get(key))).message)
        .to.match(says)
        .and.to.match(/^memcached at 127\.0\.0\.1:\d+: /);
      await expectRejectedAtOnce(cache, key);
      await until(() => server.connectionCount > 2);
      await expectRejectedAtOnce(cache, key);

      server.behave = honest;
      expect(await recovered(cache, key)).to.deep.equal(sampleEntry({ seed: 'one' }));
      expect(await cache.get(other)).to.deep.equal(sampleEntry({ seed: 'other' }));
      await until(() => server.sockets.size === 1);
    });
  }

  it('that closes fails all that is under way, and stores none of it later', async () => {
    const keys = Array.from({ length: 100 }, freshKey);
    await cache.get(freshKey());
    server.behave = () => undefined;
    const gets = keys.map((key) => unavailable(cache.get(key)));
    const sets = keys.map((key) => unavailable(cache.set(key, sampleEntry(), MINUTE_MS)));
    await until(() => server.requests.length >= 200);
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

  it('that sends half a frame of its own into an idle connection never gets it into an answer', async () => {
    const [key, other] = [freshKey(), freshKey()];
    await cache.set(key, sampleEntry({ seed: 'one' }), MINUTE_MS);
    const forged = valueAnswer(
      { opcode: OPCODES.get, opaque: 4 },
      encodeCacheEntry(other, sampleEntry({ seed: 'EVIL' })),
    );
    for (const socket of server.sockets) socket.write(half(forged));
    await until(() => server.sockets.size === 0 || server.connectionCount > 1);
    expect(await recovered(cache, key)).to.deep.equal(sampleEntry({ seed: 'one' }));
  });

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
        server.store.set(key, poison);
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
    server.behave = (request, socket, { store }) =>
      socket.write(valueAnswer(request, store.get(request.key === one ? other : one)));
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
    const hasty = await openCache({ servers: server.address }, { retryMs: 1 });
    try {
      server.behave = (_request, socket) => socket.end();
      await unavailable(hasty.get(freshKey()));
      await until(() => server.connectionCount > 25);
      expect(warnings).to.deep.equal([]);
    } finally {
      process.off('warning', onWarning);
      await hasty.close();
    }
  });
});

function half(bytes: Buffer): Buffer {
  return bytes.subarray(0, Math.max(12, bytes.length >> 1));
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = copy[at]! ^ 1;
  return copy;
}
