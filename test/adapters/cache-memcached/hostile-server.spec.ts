import { expect } from 'chai';
import { encodeCacheEntry } from '../../../src/domain/cache/cache-entry-codec.ts';
import { freshKey, sampleEntry } from '../../support/cache-entries.ts';
import {
  HostileMemcached,
  OPCODES,
  STATUSES,
  type WireRequest,
  answer,
  honest,
  valueAnswer,
} from '../../support/hostile-memcached.ts';
import type { Fault } from '../../support/hostile-server-types.ts';
import { rejection } from '../../support/rejection.ts';
import { CacheUnavailableError } from '../../../src/ports/thumbnail-cache.ts';
import { half, itSurvivesAHostileServer } from '../../support/hostile-server-contract.ts';
import { MINUTE_MS, openCache, recovered, until } from './support.ts';

const FAULTS: readonly Fault<WireRequest>[] = [
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

itSurvivesAHostileServer({
  name: 'memcached',
  fake: {
    start: () => HostileMemcached.start(),
    honest,
    keyOf: ({ key }: WireRequest) => key,
    storedKey: (key) => key,
    valueAnswer,
    hugeAnswer: (request) => answer(request, { bodyLength: 0xffff_ffff }),
  },
  open: (server, deadlines) => openCache({ servers: server.address }, deadlines),
  says: { garbage: /not memcached/, huge: /announced a body of 4294967295 bytes/ },
  faults: FAULTS,
  more: (world) => {
    it('that sends half a frame of its own into an idle connection never gets it into an answer', async () => {
      const { server, cache } = world();
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
  },
});

describe('cache-memcached: two keys in one request', () => {
  let server: HostileMemcached;
  beforeEach(async () => {
    server = await HostileMemcached.start();
  });
  afterEach(() => server[Symbol.asyncDispose]());

  /** The answer to the quiet one of the two. */
  const quietly = (status: number) => {
    server.behave = (request, socket, context) => {
      if (request.opcode !== OPCODES.getQuietly) honest(request, socket, context);
      else socket.write(answer(request, { status }));
    };
  };

  it('takes an error for an error, and never for silence', async () => {
    const cache = await openCache({ servers: server.address });
    const [key, rareKey] = [freshKey(), freshKey()];
    await cache.set(key, sampleEntry(), MINUTE_MS);
    for (const status of [0x81, 0x85, 0xfff]) {
      quietly(status);
      expect(await rejection(cache.getPair(key, rareKey))).to.be.instanceOf(CacheUnavailableError);
      server.behave = honest;
      await recovered(cache, key);
    }
    quietly(STATUSES.notFound);
    expect(await cache.getPair(key, rareKey)).to.deep.equal([sampleEntry(), undefined]);
    await cache.close();
  });
});
