import { expect } from 'chai';
import { MemcachedThumbnailCache } from '../../../src/adapters/cache-memcached/index.ts';
import { freshKey, sampleEntry } from '../../support/cache-entries.ts';
import {
  type Behaviour,
  BlackHole,
  HostileMemcached,
  OPCODES,
  STATUSES,
  answer,
  honest,
} from '../../support/hostile-memcached.ts';
import { MINUTE_MS, expectRejectedAtOnce, openCache, recovered, unavailable, until } from './support.ts';

const USER = { username: 'thumbs@localhost', password: 's3cret@:,' };

describe('cache-memcached: connecting', () => {
  it('to where every packet is dropped: fails within the deadline, then at once', async () => {
    await using hole = await BlackHole.start();
    const cache = await openCache({ servers: hole.address });
    try {
      expect((await unavailable(cache.get(freshKey()))).message).to.match(/no answer within 1000 ms/);
      await expectRejectedAtOnce(cache, freshKey());
    } finally {
      await cache.close();
    }
  });

  const BAD_LOGINS: Record<string, { behave: Behaviour; says: RegExp }> = {
    'refuses the login': {
      behave: atLogin((request, socket) => socket.write(answer(request, { status: STATUSES.authError }))),
      says: /authentication failed/,
    },
    'never answers the login': { behave: atLogin(() => undefined), says: /no answer/ },
    'closes at the login': { behave: atLogin((_request, socket) => socket.end()), says: /closed/ },
    'refuses the login and asks for it again': {
      behave: atLogin((request, socket) =>
        socket.write(
          Buffer.concat([
            answer(request, { status: STATUSES.authError }),
            answer({ ...request, opcode: OPCODES.saslList }),
          ]),
        ),
      ),
      says: /authentication failed/,
    },
  };
  for (const [what, { behave, says }] of Object.entries(BAD_LOGINS)) {
    it(`to a server that ${what}: fails, and once the login works sends nothing of before`, async () => {
      await using server = await HostileMemcached.start();
      server.behave = behave;
      const cache = await openCache({ servers: server.address, ...USER });
      try {
        const stale = freshKey();
        const error = await unavailable(cache.set(stale, sampleEntry(), MINUTE_MS));
        expect(error.message).to.match(says);
        expect(error.cause).to.be.instanceOf(Error);
        expect(`${error.stack} ${(error.cause as Error).stack}`).not.to.contain(USER.password);
        await expectRejectedAtOnce(cache, stale);
        await until(() => server.connectionCount > 2);
        server.behave = honest;
        expect(await recovered(cache, stale)).to.equal(undefined);
        expect(server.requests.filter(({ opcode }) => opcode === OPCODES.set)).to.deep.equal([]);
        await until(() => server.sockets.size === 1);
      } finally {
        await cache.close();
      }
    });
  }

  it('sends name and password as they are', async () => {
    await using server = await HostileMemcached.start();
    const cache = await openCache({ servers: server.address, ...USER });
    await cache.get(freshKey());
    await cache.close();
    const login = server.requests.find(({ opcode }) => opcode === OPCODES.saslAuth);
    expect(login?.value.toString()).to.equal(`\0${USER.username}\0${USER.password}`);
  });

  it('takes no credentials from the environment', async () => {
    await using server = await HostileMemcached.start();
    Object.assign(process.env, { MEMCACHIER_USERNAME: 'stray', MEMCACHIER_PASSWORD: 'stray' });
    try {
      for (const credentials of [{}, { username: '', password: '' }, { username: undefined }]) {
        const cache = await openCache({ servers: server.address, ...credentials });
        await cache.get(freshKey());
        await cache.close();
      }
      expect(server.requests.filter(({ opcode }) => opcode >= OPCODES.saslList)).to.deep.equal([]);
    } finally {
      delete process.env['MEMCACHIER_USERNAME'];
      delete process.env['MEMCACHIER_PASSWORD'];
    }
  });

  it('asks for the credentials again at every attempt, and survives that they cannot be had', async () => {
    await using server = await HostileMemcached.start();
    server.behave = atLogin((request, socket) => {
      const right = request.value.toString().endsWith('rotated');
      socket.write(answer(request, { status: right ? STATUSES.ok : STATUSES.authError }));
    });
    let asked = 0;
    const cache = await openCache(() => {
      asked += 1;
      if (asked === 3) throw new Error('the secrets cannot be read');
      return { servers: server.address, ...USER, password: asked < 5 ? 'old' : 'rotated' };
    });
    try {
      await unavailable(cache.get(freshKey()));
      expect(await recovered(cache, freshKey())).to.equal(undefined);
      expect(asked).to.equal(5);
    } finally {
      await cache.close();
    }
  });

  it('does not wait for credentials that never come', async () => {
    await using server = await HostileMemcached.start();
    const answers = [Promise.resolve({ servers: server.address }), new Promise<never>(() => undefined)];
    const cache = await MemcachedThumbnailCache.open({
      connection: () => answers.shift() ?? Promise.reject(new Error('no more')),
      deadlines: { operationMs: 50 },
    });
    await unavailable(cache.get(freshKey()));
    await expectRejectedAtOnce(cache, freshKey());
    await cache.close();
  });

  for (const servers of [
    '',
    ' , ',
    'user:s3cret@host:11211',
    'host:0',
    'host:65536',
    'host:port',
    'http://host',
  ]) {
    it(`refuses to open with the list ${JSON.stringify(servers)}, without quoting it`, async () => {
      const error = await openCache({ servers }).then(
        () => undefined,
        (reason: unknown) => reason as Error,
      );
      expect(error?.message)
        .to.match(/memcached server/)
        .and.not.to.contain('s3cret');
    });
  }

  it('describes its servers without credentials', async () => {
    const cache = await openCache({ servers: '127.0.0.1:1, Localhost:2,127.0.0.1:1,[::1]', ...USER });
    expect(cache.description).to.equal('memcached at 127.0.0.1:1, localhost:2, [::1]:11211');
    await cache.close();
  });
});

/** Honest but for the login. */
function atLogin(behave: Behaviour): Behaviour {
  return (request, socket, server) =>
    (request.opcode === OPCODES.saslAuth ? behave : honest)(request, socket, server);
}
