import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { BlackHole } from '../../support/hostile-memcached.ts';
import { HostileRedis, honest } from './hostile-redis.ts';

/** Meets the fault, closes, and then has to come to an end by itself. */
const PROGRAM = `
  import { RedisThumbnailCache } from ${JSON.stringify(adapterUrl())};
  const cache = await RedisThumbnailCache.open({
    connection: async () => ({ url: process.env.REDIS }),
    deadlines: { operationMs: 100, retryMs: 10 },
  });
  const outcomes = await Promise.allSettled([cache.get('v1:one'), cache.get('v1:other')]);
  cache.get('v1:third').catch(() => undefined);
  await cache.close();
  process.exitCode = outcomes.every(({ status }) => status === 'rejected') ? 0 : 1;
`;

describe('cache-redis: closing', () => {
  describe('leaves nothing that holds the process open, and writes nothing to the console', () => {
    const exits = async (url: string) => {
      const env = { ...process.env, REDIS: url };
      const child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM], { env });
      const [[code], out, err] = await Promise.all([
        once(child, 'exit') as Promise<[number]>,
        text(child.stdout),
        text(child.stderr),
      ]);
      expect({ code, out, err }).to.deep.equal({ code: 0, out: '', err: '' });
    };

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

function adapterUrl(): string {
  return new URL('../../../src/adapters/cache-redis/index.ts', import.meta.url).href;
}
