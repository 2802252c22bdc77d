import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { BlackHole, HostileMemcached, OPCODES, honest } from '../../support/hostile-memcached.ts';

/** Meets the fault, closes, and then has to come to an end by itself. */
const PROGRAM = `
  import { MemcachedThumbnailCache } from ${JSON.stringify(adapterUrl())};
  const cache = await MemcachedThumbnailCache.open({
    connection: async () => ({ servers: process.env.SERVERS, username: 'name', password: 'secret' }),
    deadlines: { operationMs: 100, retryMs: 10 },
  });
  const outcomes = await Promise.allSettled([cache.get('v1:one'), cache.get('v1:other')]);
  if (process.env.PENDING) cache.get('v1:third').catch(() => undefined);
  await cache.close();
  process.exitCode = outcomes.every(({ status }) => status === 'rejected') ? 0 : 1;
`;

describe('cache-memcached: closing', () => {
  describe('leaves nothing that holds the process open, and writes nothing to the console', () => {
    const exits = async (servers: string) => {
      const env = { ...process.env, SERVERS: servers, PENDING: '1' };
      const child = spawn(process.execPath, ['--input-type=module', '--eval', PROGRAM], { env });
      const [[code], out, err] = await Promise.all([
        once(child, 'exit') as Promise<[number]>,
        text(child.stdout),
        text(child.stderr),
      ]);
      expect({ code, out, err }).to.deep.equal({ code: 0, out: '', err: '' });
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

function adapterUrl(): string {
  return new URL('../../../src/adapters/cache-memcached/index.ts', import.meta.url).href;
}
