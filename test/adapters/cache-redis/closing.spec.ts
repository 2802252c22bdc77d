import { BlackHole } from '../../support/hostile-memcached.ts';
import { HostileRedis, honest } from './hostile-redis.ts';
import { expectQuietEnd } from '../../support/ends-quietly.ts';

describe('cache-redis: closing', () => {
  describe('leaves nothing that holds the process open, and writes nothing to the console', () => {
    const exits = (url: string) =>
      expectQuietEnd(
        'cache-redis',
        `adapter.RedisThumbnailCache.open({ connection: async () => ({ url: ${JSON.stringify(url)} }), deadlines })`,
      );

    it('where nobody listens', () => exits('redis://127.0.0.1:1'));

    it('where every packet is dropped', async () => {
      await using hole = await BlackHole.start();
      await exits(`redis://${hole.address}`);
    });

    it('where nothing is answered', async () => {
      await using server = await HostileRedis.start();
      server.behave = () => undefined;
      await exits(server.url);
    });

    it('where nothing is answered but the login', async () => {
      await using server = await HostileRedis.start();
      server.behave = (command, socket, it) => {
        if (command.name === 'AUTH') honest(command, socket, it);
      };
      await exits(`redis://:password@${server.address}`);
    });

    it('where the login is not wanted', async () => {
      await using server = await HostileRedis.start();
      server.behave = (command, socket, it) =>
        command.name === 'AUTH'
          ? socket.write(
              '-ERR AUTH <password> called without any password configured for the default user.\r\n',
            )
          : honest(command, socket, it);
      await exits(`redis://:password@${server.address}`);
    });

    it('where there is garbage', async () => {
      await using server = await HostileRedis.start();
      server.behave = (_command, socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n');
      await exits(server.url);
    });
  });
});
