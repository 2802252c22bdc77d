import type { Socket } from 'node:net';
import { expect } from 'chai';
import { encodeCacheEntry } from '../../src/domain/cache/cache-entry-codec.ts';
import type { ThumbnailCache } from '../../src/ports/thumbnail-cache.ts';
import type { Fault, HostileServerContract } from './hostile-server-types.ts';
import { itConnectsAndCloses } from './connecting-contract.ts';
import { freshKey, sampleEntry } from './cache-entries.ts';
import { MINUTE_MS, expectRejectedAtOnce, recovered, unavailable, until } from './failing-cache.ts';
import type { HostileServer } from './hostile-server.ts';

/** A cache over the network survives whatever its server does: it fails in time, then at once, and recovers. */
export function itSurvivesAHostileServer<Request, Server extends HostileServer<Request>>(
  contract: HostileServerContract<Request, Server>,
): void {
  const { name, fake, open } = contract;

  describe(`cache-${name}: a hostile server`, () => {
    let server: Server;
    let cache: ThumbnailCache;
    beforeEach(async () => {
      server = await fake.start();
      cache = await open(server);
    });
    afterEach(async () => {
      await cache.close();
      await server[Symbol.asyncDispose]();
    });

    for (const { title, fault, says } of [...commonFaults(contract), ...contract.faults]) {
      it(`that ${title}: fails in time, then at once, and recovers`, async () => {
        const [key, other] = [freshKey(), freshKey()];
        await cache.set(key, sampleEntry({ seed: 'one' }), MINUTE_MS);
        await cache.set(other, sampleEntry({ seed: 'other' }), MINUTE_MS);

        server.behave = fault;
        const { message } = await unavailable(cache.get(key));
        expect(message)
          .to.match(says)
          .and.to.match(/^\w+ at 127\.0\.0\.1:\d+: /);
        expect(message.startsWith(`${name} at `)).to.equal(true);
        await expectRejectedAtOnce(cache, key);
        await until(() => server.connectionCount > 2);
        await expectRejectedAtOnce(cache, key);

        server.behave = fake.honest;
        expect(await recovered(cache, key)).to.deep.equal(sampleEntry({ seed: 'one' }));
        expect(await cache.get(other)).to.deep.equal(sampleEntry({ seed: 'other' }));
        await until(() => server.sockets.size === 1);
      });
    }

    it('that closes fails all that is under way, and stores none of it later', async () => {
      const keys = Array.from({ length: 100 }, freshKey);
      await cache.get(freshKey());
      const askedBefore = server.requests.length;
      server.behave = () => undefined;
      const gets = keys.map((key) => unavailable(cache.get(key)));
      const sets = keys.map((key) => unavailable(cache.set(key, sampleEntry(), MINUTE_MS)));
      await until(() => server.requests.length >= askedBefore + 200);
      server.behave = fake.honest;
      for (const socket of server.sockets) socket.end();
      await Promise.all([...gets, ...sets]);
      const found = await Promise.all(keys.map((key) => recovered(cache, key)));
      expect(found).to.deep.equal(keys.map(() => undefined));
    });

    it('that closes an idle connection is no error: the next operation opens another', async () => {
      const key = freshKey();
      await cache.set(key, sampleEntry(), MINUTE_MS);
      for (const socket of server.sockets) socket.end();
      await until(() => server.sockets.size === 0);
      expect(await cache.get(key)).to.deep.equal(sampleEntry());
      expect(server.connectionCount).to.equal(2);
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
        it(`but ${what}: a miss, on the same connection, which a set repairs`, async () => {
          await cache.get(freshKey());
          server.store.set(fake.storedKey(key), poison);
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
      server.behave = (request, socket, { store }) => {
        const crossed = fake.keyOf(request) === fake.storedKey(one) ? other : one;
        socket.write(fake.valueAnswer(request, store.get(fake.storedKey(crossed))));
      };
      expect(await Promise.all([cache.get(one), cache.get(other)])).to.deep.equal([undefined, undefined]);
    });

    it('that leaves requests lying: above 1024 under way, the next is rejected at once', async () => {
      await cache.get(freshKey());
      server.behave = () => undefined;
      const underWay = Array.from({ length: 1024 }, () => unavailable(cache.get(freshKey())));
      expect((await unavailable(cache.get(freshKey()))).message).to.match(/too many/);
      for (const { message } of await Promise.all(underWay)) expect(message).to.match(/no answer/);
    });

    it('leaks no listener over many attempts to connect', async () => {
      const warnings: Error[] = [];
      const onWarning = (warning: Error) => warnings.push(warning);
      process.on('warning', onWarning);
      const hasty = await open(server, { retryMs: 1 });
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

    contract.more?.(() => ({ server, cache }));
  });

  itConnectsAndCloses(contract);
}

function commonFaults<Request, Server extends HostileServer<Request>>({
  fake,
  says,
}: HostileServerContract<Request, Server>): readonly Fault<Request>[] {
  const answerTo = (request: Request, store: Map<string, Buffer>) =>
    fake.valueAnswer(request, store.get(fake.keyOf(request)) ?? Buffer.alloc(1000));
  return [
    { title: 'never answers', fault: () => undefined, says: /no answer within 1000 ms/ },
    { title: 'closes', fault: (_request, socket) => socket.end(), says: /closed/ },
    { title: 'resets', fault: (_request, socket) => socket.resetAndDestroy(), says: /ECONNRESET|closed/ },
    {
      title: 'sends half of the answer, then nothing',
      fault: (request, socket, { store }) => socket.write(half(answerTo(request, store))),
      says: /no answer within/,
    },
    {
      title: 'sends half of the answer, then closes',
      fault: (request, socket, { store }) => socket.end(half(answerTo(request, store))),
      says: /closed/,
    },
    {
      title: 'sends one byte after the other',
      fault: (request, socket, { store }) => drip(socket, answerTo(request, store)),
      says: /no answer within/,
    },
    {
      title: 'sends garbage',
      fault: (_request, socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'),
      says: says.garbage,
    },
    {
      title: 'announces 4 GiB, and sends and sends',
      fault: (request, socket) => flood(socket, fake.hugeAnswer(request)),
      says: says.huge,
    },
  ];
}

function drip(socket: Socket, bytes: Buffer): void {
  let sent = 0;
  const timer = setInterval(() => socket.write(bytes.subarray(sent, (sent += 1))), 2);
  socket.once('close', () => clearInterval(timer));
}

function flood(socket: Socket, beginning: Buffer): void {
  socket.write(beginning);
  const more = () => {
    while (socket.writable && socket.write(Buffer.alloc(65_536)));
  };
  socket.on('drain', more);
  more();
}

export function half(bytes: Buffer): Buffer {
  return bytes.subarray(0, bytes.length >> 1);
}

function flipped(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy[at] = copy[at]! ^ 1;
  return copy;
}
