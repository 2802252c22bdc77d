import type { Socket } from 'node:net';
import { expect } from 'chai';
import { freshKey, sampleEntry } from '../../support/cache-entries.ts';
import type { Fault } from '../../support/hostile-server-types.ts';
import { itSurvivesAHostileServer } from '../../support/hostile-server-contract.ts';
import { type Command, HostileRedis, honest, valueReply } from './hostile-redis.ts';
import { MINUTE_MS, allOf, openCache, recovered, unavailable, until } from './support.ts';

const FAULTS: readonly Fault<Command>[] = [
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
    title: 'has become a replica',
    fault: (_command, socket) => socket.write("-READONLY You can't write against a read only replica.\r\n"),
    says: /READONLY/,
  },
];

itSurvivesAHostileServer({
  name: 'redis',
  fake: {
    start: () => HostileRedis.start(),
    honest,
    keyOf: ({ args }: Command) => String(args[0]),
    storedKey: (key) => `thumbnailer:${key}`,
    valueAnswer: (_command, value) => valueReply(value),
    hugeAnswer: () => Buffer.from('$4294967295\r\n'),
  },
  open: (server, deadlines) => openCache(server.url, deadlines),
  says: { garbage: /not Redis/, huge: /announced a reply of 4294967295 bytes/ },
  faults: FAULTS,
  more: (world) => {
    it('that refuses one operation goes on to be used for others, on the same connection', async () => {
      const { server, cache } = world();
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

    for (const forged of ['$-1\r\n', '$-', '$4\r\nEVIL\r\n']) {
      it(`that sends ${JSON.stringify(forged)} into an idle connection loses it`, async () => {
        const { server, cache } = world();
        const key = freshKey();
        await cache.set(key, sampleEntry({ seed: 'one' }), MINUTE_MS);
        const before = [...server.sockets];
        for (const socket of before) socket.write(forged);
        await until(() => before.every((socket) => !server.sockets.has(socket)));
        expect(await recovered(cache, key)).to.deep.equal(sampleEntry({ seed: 'one' }));
      });
    }

    it('gets no value above 4 MiB; the older one is deleted', async () => {
      const { server, cache } = world();
      const key = freshKey();
      await cache.set(key, sampleEntry({ byteLength: 4 * 1024 * 1024 }), MINUTE_MS);
      await cache.set(key, sampleEntry(), 0.5);
      expect(server.requests.map(({ name }) => name)).to.deep.equal(['GET', 'INFO', 'INFO', 'DEL', 'DEL']);
    });
  },
});
