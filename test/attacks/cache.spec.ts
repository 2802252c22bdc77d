import type { Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import sharp from 'sharp';
import { type Answer, PUBLIC, ask, expectUnharmed, peakMemory } from '../support/attack.ts';
import {
  type Behaviour,
  BlackHole,
  HostileMemcached,
  OPCODES,
  STATUSES,
  answer,
  honest,
  valueAnswer,
} from '../support/hostile-memcached.ts';
import { plain } from '../../scripts/kit/images.ts';
import { type Origin, startOrigin } from '../../scripts/kit/origin.ts';
import { RunningService } from '../../scripts/kit/running-service.ts';
import { signedParameters } from '../support/signing.ts';

const KEY = Buffer.alloc(32, 'k').toString('base64url');

/** Far above the deadline of one operation, far below what a client would have to wait for one that hangs. */
const SLOWEST_MS = 15_000;

/** What a cache server does to a request. */
const FAULTS: Readonly<Record<string, Behaviour>> = {
  '27: answers nothing': () => undefined,
  '28: closes in the middle of a request': (_request, socket) => socket.end(),
  '28: resets in the middle of a request': (_request, socket) => socket.resetAndDestroy(),
  '29: sends half of its answer, then nothing': (request, socket, { store }) =>
    socket.write(halfOf(valueAnswer(request, store.get(request.key)))),
  '29: sends half of its answer, then closes': (request, socket, { store }) =>
    socket.end(halfOf(valueAnswer(request, store.get(request.key)))),
  '30: sends garbage': (_request, socket) => socket.write('HTTP/1.1 400 Bad Request\r\n\r\n'.repeat(9)),
  '30: answers what nobody asked': (request, socket) =>
    socket.write(valueAnswer({ ...request, opaque: request.opaque + 77 }, Buffer.from('EVIL'))),
  '30: sends a forged frame behind half of its answer': (request, socket) => {
    socket.write(halfOf(valueAnswer(request, Buffer.alloc(500))));
    socket.write(valueAnswer({ ...request, opaque: request.opaque + 1 }, Buffer.from('EVIL')));
  },
  '30: announces 4 GB, and sends and sends': (request, socket) => {
    socket.write(answer(request, { bodyLength: 0xffff_ffff }));
    flood(socket);
  },
  '30: drips': (request, socket) => {
    const bytes = valueAnswer(request, Buffer.alloc(1000));
    let sent = 0;
    const timer = setInterval(() => socket.write(bytes.subarray(sent, (sent += 1))), 5);
    socket.once('close', () => clearInterval(timer));
  },
};

describe('attacks by and on the cache', () => {
  let origin: Origin;
  let server: HostileMemcached;
  let service: RunningService;
  let serial = 0;

  before(async () => {
    origin = await startOrigin(PUBLIC);
    for (const [name, colour] of Object.entries(COLOURS)) {
      origin.serve(`/${name}`, { body: await plain(100, 50, colour).png().toBuffer() });
    }
    server = await HostileMemcached.start();
    service = await RunningService.start({
      MEMCACHIER_SERVERS: server.address,
      MEMCACHIER_USERNAME: 'user',
      MEMCACHIER_PASSWORD: 'secret-password',
      SIGNING_KEYS: `1:${KEY}`,
    });
  });
  beforeEach(async () => {
    server.behave = honest;
    await backInUse();
  });
  afterEach(async () => {
    server.behave = honest;
    await expectUnharmed(service);
    expect(JSON.stringify(await service.logUntilNow())).to.not.include('secret-password');
  });
  after(async () => {
    await service[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
    await origin[Symbol.asyncDispose]();
  });

  function newUrl(name: keyof typeof COLOURS): string {
    serial += 1;
    return origin.url(`/${name}?${serial}`);
  }

  /** A thumbnail, of the right image, in time. */
  async function expectThumbnail(name: keyof typeof COLOURS, url = newUrl(name)): Promise<Answer> {
    const startedAt = performance.now();
    const answered = await ask(service, url, { format: 'png' });
    expect(answered.status, answered.body.toString('latin1', 0, 300)).to.equal(200);
    expect(performance.now() - startedAt, 'milliseconds').to.be.below(SLOWEST_MS);
    expect(await colourOf(answered.body)).to.deep.equal([...COLOURS[name]]);
    return answered;
  }

  async function backInUse(): Promise<void> {
    const url = newUrl('red');
    while (!isHit(await expectThumbnail('red', url))) await sleep(20);
  }

  it('26: memcached is down at the start', async () => {
    await using down = await HostileMemcached.start();
    const { address } = down;
    await down[Symbol.asyncDispose]();
    await using alone = await RunningService.start({ MEMCACHIER_SERVERS: address });
    for (let time = 0; time < 5; time += 1) {
      expect((await ask(alone, newUrl('red'))).status).to.equal(200);
    }
    expect((await alone.logUntilNow()).filter(({ level }) => level === 40)).to.have.length(1);
    await expectUnharmed(alone);
  });

  it('26: memcached goes away for a while', async () => {
    const url = newUrl('green');
    await expectThumbnail('green', url);
    await server[Symbol.asyncDispose]();
    for (let time = 0; time < 5; time += 1) await expectThumbnail('blue');
    await expectThumbnail('green', url);
    await server.listen();
    await backInUse();
  });

  it('27: memcached is where every packet is dropped, under load', async () => {
    await using hole = await BlackHole.start();
    await using alone = await RunningService.start({ MEMCACHIER_SERVERS: hole.address });
    const asked = Array.from({ length: 30 }, () => ask(alone, newUrl('red')));
    expect(new Set((await Promise.all(asked)).map(({ status }) => status))).to.deep.equal(new Set([200]));
    await expectUnharmed(alone);
  });

  for (const [what, fault] of Object.entries(FAULTS)) {
    it(`${what}, under load, and then comes to itself`, async () => {
      const kept = { red: newUrl('red'), green: newUrl('green'), blue: newUrl('blue') };
      for (const [name, url] of entriesOf(kept)) await expectThumbnail(name, url);
      server.behave = fault;
      await Promise.all(entriesOf(kept).map(([name, url]) => expectThumbnail(name, url)));
      await Promise.all(Array.from({ length: 12 }, () => expectThumbnail('blue')));
      server.behave = honest;
      await backInUse();
      for (const [name, url] of entriesOf(kept)) await expectThumbnail(name, url);
      expect(await peakMemory(service), 'memory').to.be.below(400 * 1024 * 1024);
    });
  }

  it('27: while memcached does not answer it is hardly asked', async () => {
    server.behave = () => undefined;
    await expectThumbnail('red');
    const before = server.requests.length;
    for (let time = 0; time < 20; time += 1) await expectThumbnail('red');
    expect(server.requests.length - before, 'requests of 40 operations').to.be.below(20);
  });

  it('31: memcached refuses the password, and later takes it', async () => {
    await using strict = await HostileMemcached.start();
    strict.behave = (request, socket, self) => {
      if (request.opcode === OPCODES.saslAuth) {
        socket.write(answer(request, { status: STATUSES.authError, value: Buffer.from('Auth failure.') }));
      } else honest(request, socket, self);
    };
    await using refused = await RunningService.start({
      MEMCACHIER_SERVERS: strict.address,
      MEMCACHIER_USERNAME: 'user',
      MEMCACHIER_PASSWORD: 'secret-password',
    });
    for (let time = 0; time < 5; time += 1) expect((await ask(refused, newUrl('red'))).status).to.equal(200);
    strict.behave = honest;
    const url = newUrl('green');
    while (!isHit(await ask(refused, url))) await sleep(20);
    // The five of before are not sent again.
    expect(strict.store.size).to.be.below(5);
    expect(JSON.stringify(await refused.logUntilNow())).to.not.include('secret-password');
    await expectUnharmed(refused);
  });

  it('32: a thumbnail above 1 MB is served, and its cache lives on', async () => {
    const side = 1400;
    const noise = Buffer.alloc(side * side * 3);
    for (let at = 0; at < noise.length; at += 1)
      noise[at] = (Math.imul(at ^ (at >>> 7), 2654435761) >>> 24) & 0xff;
    const body = await sharp(noise, { raw: { width: side, height: side, channels: 3 } })
      .png()
      .toBuffer();
    origin.serve('/noise', { body });
    for (let time = 0; time < 2; time += 1) {
      const url = origin.url('/noise');
      const parameters = signedParameters({ url, size: '2048', format: 'png' }, { id: '1', key: KEY });
      const { status, body: bytes } = await ask(service, url, parameters);
      expect(status).to.equal(200);
      expect(bytes.length).to.be.above(1024 * 1024);
    }
    expect(origin.hits('/noise')).to.equal(2);
    await backInUse();
  });

  it('33: what is in the cache was changed, cut, swapped or never ours', async () => {
    const url = newUrl('green');
    const other = newUrl('red');
    while (!isHit(await expectThumbnail('red', other))) await sleep(20);
    const foreign = [...server.store.values()].at(-1)!;
    const before = new Set(server.store.keys());
    while (!isHit(await expectThumbnail('green', url))) await sleep(20);
    // By their lengths: the thumbnail, the generation of its source, and perhaps a lease.
    const added = [...server.store].filter(([each]) => !before.has(each));
    const [[key, good], [generationKey]] = added.sort(([, one], [, two]) => two.length - one.length) as [
      [string, Buffer],
      [string, Buffer],
    ];
    const poison: Readonly<Record<string, Buffer>> = {
      'another key’s': foreign,
      'cut short': good.subarray(0, -1),
      'cut to its head': good.subarray(0, 40),
      longer: Buffer.concat([good, Buffer.of(0)]),
      'with a changed bit in its image': changed(good, good.length - 20),
      'with a changed bit in its head': changed(good, 60),
      'with a changed bit in its digest': changed(good, 10),
      'a page': Buffer.from('<script>alert(1)</script>'),
      'a page in place of the type': Buffer.from(good.toString('latin1').replace('png', 'htm'), 'latin1'),
      empty: Buffer.alloc(0),
    };
    for (const [what, bytes] of Object.entries(poison)) {
      server.store.set(key, bytes);
      const answered = await expectThumbnail('green', url);
      expect(isHit(answered), what).to.equal(false);
      expect(answered.headers.get('content-type'), what).to.equal('image/png');
      while (!isHit(await expectThumbnail('green', url))) await sleep(20);
    }
    // A generation that cannot be read is no reason to keep nothing of its source from then on.
    server.store.set(generationKey, Buffer.from('nonsense'));
    while (!isHit(await expectThumbnail('green', url))) await sleep(20);
  });
});

const COLOURS = { red: [200, 0, 0], green: [0, 160, 0], blue: [0, 0, 200] } as const;

function entriesOf<Name extends string>(urls: Readonly<Record<Name, string>>): [Name, string][] {
  return Object.entries(urls) as [Name, string][];
}

function isHit({ headers }: Answer): boolean {
  return headers.get('cache-status')?.includes('; hit') === true;
}

async function colourOf(image: Buffer): Promise<number[]> {
  const { data } = await sharp(image).raw().toBuffer({ resolveWithObject: true });
  return [...data.subarray(0, 3)];
}

function halfOf(bytes: Buffer): Buffer {
  return bytes.subarray(0, Math.ceil(bytes.length / 2));
}

function changed(bytes: Buffer, at: number): Buffer {
  const copy = Buffer.from(bytes);
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
  return copy;
}

function flood(socket: Socket): void {
  const fill = () => {
    while (socket.writable && socket.write(Buffer.alloc(65_536)));
  };
  socket.on('drain', fill);
  fill();
}
