import { expect } from 'chai';
import { RedisThumbnailCache } from '../../../src/adapters/cache-redis/index.ts';
import { freshKey, sampleEntry } from '../../support/cache-entries.ts';
import { BlackHole } from '../../support/hostile-memcached.ts';
import { rejection } from '../../support/rejection.ts';
import { type Behaviour, HostileRedis, honest } from './hostile-redis.ts';
import {
  MINUTE_MS,
  allOf,
  expectRejectedAtOnce,
  openCache,
  recovered,
  unavailable,
  until,
} from './support.ts';

const PASSWORD = 's3cret@:/?%';
const withLogin = (address: string, password = PASSWORD) =>
  `redis://thumbs:${encodeURIComponent(password)}@${address}`;

describe('cache-redis: connecting', () => {
  it('to where every packet is dropped: fails within the deadline, then at once', async () => {
    await using hole = await BlackHole.start();
    for (const scheme of ['redis', 'rediss']) {
      const cache = await openCache(`${scheme}://${hole.address}`);
      expect((await unavailable(cache.get(freshKey()))).message).to.match(/no answer within 1000 ms/);
      await expectRejectedAtOnce(cache, freshKey());
      await cache.close();
    }
  });

  it('to a server that accepts and then is silent, with TLS too: fails within the deadline, then at once', async () => {
    await using server = await HostileRedis.start();
    server.behave = () => undefined;
    for (const url of [server.url, withLogin(server.address), server.url.replace('redis', 'rediss')]) {
      const cache = await openCache(url);
      expect((await unavailable(cache.get(freshKey()))).message).to.match(/no answer within 1000 ms/);
      await expectRejectedAtOnce(cache, freshKey());
      await cache.close();
    }
    await until(() => server.sockets.size === 0);
  });

  const BAD_LOGINS: Record<string, { behave: Behaviour; says: RegExp }> = {
    'refuses the login': {
      behave: atLogin((_command, socket) => socket.write('-WRONGPASS invalid username-password pair\r\n')),
      says: /refused the login \(WRONGPASS\)/,
    },
    'refuses the login and quotes it': {
      behave: atLogin(({ args }, socket) =>
        socket.write(
          `-ERR unknown command 'AUTH', with args beginning with: ${args.map(String).join(' ')}\r\n`,
        ),
      ),
      says: /refused the login \(ERR\)/,
    },
    'quotes the login as if it were an answer': {
      behave: atLogin(({ args }, socket) =>
        socket.write(`-ERR\r\n+${String(args[1])}\r\n+${String(args[1])}\r\n`),
      ),
      says: /not asked/,
    },
    'never answers the login': { behave: atLogin(() => undefined), says: /no answer/ },
    'closes at the login': { behave: atLogin((_command, socket) => socket.end()), says: /closed/ },
    'answers the login with garbage': {
      behave: atLogin(({ args }, socket) => socket.write(`HTTP/1.1 400 ${String(args[1])}\r\n\r\n`)),
      says: /not Redis/,
    },
  };
  for (const [what, { behave, says }] of Object.entries(BAD_LOGINS)) {
    it(`to a server that ${what}: fails without a word of the password, and later sends nothing of before`, async () => {
      await using server = await HostileRedis.start();
      server.behave = behave;
      const cache = await openCache(withLogin(server.address));
      try {
        const stale = freshKey();
        const error = await unavailable(cache.set(stale, sampleEntry(), MINUTE_MS));
        expect(error.message).to.match(says);
        expect(error.cause).to.be.instanceOf(Error);
        expect(allOf(error)).not.to.contain('s3cret');
        await expectRejectedAtOnce(cache, stale);
        await until(() => server.connectionCount > 2);
        server.behave = honest;
        expect(await recovered(cache, stale)).to.equal(undefined);
        expect(server.requests.filter(({ name }) => name === 'SET')).to.deep.equal([]);
        await until(() => server.sockets.size === 1);
      } finally {
        await cache.close();
      }
    });
  }

  const LOGINS: Record<string, readonly (readonly string[])[]> = {
    'redis://thumbs:s3cret%40%3A%2F@': [['AUTH', 'thumbs', 's3cret@:/']],
    'redis://:s3cret@': [['AUTH', 's3cret']],
    'redis://thumbs:100%@': [['AUTH', 'thumbs', '100%']],
    'redis://': [],
  };
  for (const [before, expected] of Object.entries(LOGINS)) {
    it(`logs in as ${before}host says, then chooses the database`, async () => {
      await using server = await HostileRedis.start();
      const cache = await openCache(`${before}${server.address}/5`);
      await cache.get(freshKey());
      await cache.close();
      const sent = server.requests.map(({ name, args }) => [name, ...args.map(String)]);
      // Behind these come the probe, two questions for the name of the run, and what was asked for.
      expect(sent.slice(0, -4)).to.deep.equal([...expected, ['SELECT', '5']]);
    });
  }

  it('asks for the address again at every attempt, and survives that it cannot be had', async () => {
    await using old = await HostileRedis.start();
    await using rotated = await HostileRedis.start();
    old.behave = atLogin((_command, socket) => socket.write('-WRONGPASS\r\n'));
    let asked = 0;
    const cache = await openCache(() => {
      asked += 1;
      if (asked === 3) throw new Error('the secrets cannot be read');
      if (asked === 4) return 'no address at all';
      return withLogin((asked < 6 ? old : rotated).address);
    });
    try {
      expect(cache.description).to.equal(`redis at ${old.address}`);
      await unavailable(cache.get(freshKey()));
      expect(await recovered(cache, freshKey())).to.equal(undefined);
      expect(asked).to.equal(6);
      expect(cache.description).to.equal(`redis at ${rotated.address}`);
      await until(() => old.sockets.size === 0);
    } finally {
      await cache.close();
    }
  });

  it('does not wait for an address that never comes', async () => {
    await using server = await HostileRedis.start();
    const answers = [Promise.resolve({ url: server.url }), new Promise<never>(() => undefined)];
    const cache = await RedisThumbnailCache.open({
      connection: () => answers.shift() ?? Promise.reject(new Error('no more')),
      deadlines: { operationMs: 50 },
    });
    await unavailable(cache.get(freshKey()));
    await expectRejectedAtOnce(cache, freshKey());
    await cache.close();
  });

  for (const url of [
    '',
    'host:6379',
    'http://user:s3cret@host',
    'redis://',
    'redis://:s3cret@',
    'redis://:s3cret@host:0',
    'redis://:s3cret@host:65536',
    'redis://:s3cret@host/name',
    'redis://:s3cret@host/1/2',
    'redis://:s3cret@host?tls=true',
    'redis://:s3cret@host#1',
  ]) {
    it(`refuses to open at ${JSON.stringify(url)}, without quoting it`, async () => {
      const error = await rejection(openCache(url));
      expect(allOf(error))
        .to.match(/Redis server is/)
        .and.not.to.contain('s3cret');
    });
  }

  it('describes its server without credentials', async () => {
    for (const [url, text] of [
      [`redis://thumbs:s3cret@Localhost`, 'localhost:6379'],
      [`rediss://:s3cret@127.0.0.1:1/2`, '127.0.0.1:1'],
      [`redis://[::1]:7`, '[::1]:7'],
    ] as const) {
      const cache = await openCache(url);
      expect(cache.description).to.equal(`redis at ${text}`);
      await cache.close();
    }
  });
});

/** Honest but for the login. */
function atLogin(behave: Behaviour): Behaviour {
  return (command, socket, server) => (command.name === 'AUTH' ? behave : honest)(command, socket, server);
}
