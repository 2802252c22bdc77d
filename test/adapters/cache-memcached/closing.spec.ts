import { BlackHole, HostileMemcached, OPCODES, honest } from '../../support/hostile-memcached.ts';
import { expectQuietEnd } from '../../support/ends-quietly.ts';

describe('cache-memcached: closing', () => {
  describe('leaves nothing that holds the process open, and writes nothing to the console', () => {
    const exits = (servers: string) => {
      const connection = { servers, username: 'name', password: 'secret' };
      return expectQuietEnd(
        'cache-memcached',
        `adapter.MemcachedThumbnailCache.open({ connection: async () => (${JSON.stringify(connection)}), deadlines })`,
      );
    };

    it('where nobody listens', () => exits('127.0.0.1:1'));

    it('where every packet is dropped', async () => {
      await using hole = await BlackHole.start();
      await exits(hole.address);
    });

    it('where nothing is answered but the login', async () => {
      await using server = await HostileMemcached.start();
      server.behave = (request, socket, it) => {
        if (request.opcode >= OPCODES.saslList) honest(request, socket, it);
      };
      await exits(server.address);
    });
  });
});
