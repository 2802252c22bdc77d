import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { freshKey, sampleEntry } from './cache-entries.ts';
import { MINUTE_MS, expectRejectedAtOnce, recovered, unavailable, until } from './failing-cache.ts';
import type { HostileServerContract } from './hostile-server-types.ts';
import type { HostileServer } from './hostile-server.ts';

/** How a cache over the network connects to a server that is not there, or not well, and how it leaves one. */
export function itConnectsAndCloses<Request, Server extends HostileServer<Request>>({
  name,
  fake,
  open,
  says,
}: HostileServerContract<Request, Server>): void {
  describe(`cache-${name}: connecting and closing`, () => {
    let server: Server;
    beforeEach(async () => {
      server = await fake.start();
    });
    afterEach(() => server[Symbol.asyncDispose]());

    it('to where nobody listens: fails at once, and recovers when somebody does', async () => {
      await server[Symbol.asyncDispose]();
      const cache = await open(server);
      try {
        expect((await unavailable(cache.get(freshKey()))).message).to.match(/ECONNREFUSED/);
        await expectRejectedAtOnce(cache, freshKey());
        await server.listen();
        expect(await recovered(cache, freshKey())).to.equal(undefined);
      } finally {
        await cache.close();
      }
    });

    it('to a server that accepts and closes: fails, then at once', async () => {
      server.onConnection = (socket) => socket.end();
      const cache = await open(server);
      try {
        await unavailable(cache.get(freshKey()));
        await expectRejectedAtOnce(cache, freshKey());
        server.onConnection = () => undefined;
        expect(await recovered(cache, freshKey())).to.equal(undefined);
      } finally {
        await cache.close();
      }
    });

    it('to a server that floods before it is asked: fails', async () => {
      server.onConnection = (socket) => socket.write(Buffer.alloc(100_000));
      const cache = await open(server);
      try {
        expect((await unavailable(cache.get(freshKey()))).message).to.match(says.garbage);
      } finally {
        await cache.close();
      }
    });

    it('closes the connection and rejects what is under way; later operations miss', async () => {
      const cache = await open(server);
      const key = freshKey();
      await cache.set(key, sampleEntry(), MINUTE_MS);
      server.behave = () => undefined;
      const pending = unavailable(cache.get(key));
      await cache.close();
      expect((await pending).message).to.match(/closed/);
      await until(() => server.sockets.size === 0);
      expect(await cache.get(key)).to.equal(undefined);
      expect(server.connectionCount).to.equal(1);
    });

    it('ends the attempts to connect when it is closed', async () => {
      server.behave = (_request, socket) => socket.end();
      const cache = await open(server, { retryMs: 1 });
      await unavailable(cache.get(freshKey()));
      await cache.close();
      await until(() => server.sockets.size === 0);
      const { connectionCount } = server;
      await sleep(50);
      expect(server.connectionCount).to.be.within(connectionCount, connectionCount + 1);
    });
  });
}
