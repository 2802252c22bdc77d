import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { brotliCompressSync, constants, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { expect } from 'chai';
import { PUBLIC, ask, expectRefusal, expectUnharmed, peakMemory } from '../support/attack.ts';
import { BlackHole } from '../support/hostile-memcached.ts';
import { plain } from '../../scripts/kit/images.ts';
import { type Origin, startOrigin } from '../../scripts/kit/origin.ts';
import { type Script, forever, startRawOrigin } from '../support/raw-origin.ts';
import { RunningService } from '../../scripts/kit/running-service.ts';
import { startDnsServer } from '../support/dns-server.ts';
import { selfSignedCertificate } from '../../scripts/kit/self-signed-certificate.ts';

const MIB = 1024 * 1024;
const MAX_SOURCE_BYTES = MIB;

/** What the operating system's buffers for a connection may swallow before a sender has to wait. */
const SOCKET_BUFFERS = 16 * MIB;

const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;

const MALFORMED: Readonly<Record<string, string>> = {
  'a body shorter than announced': `${OK}Content-Length: 9\r\n\r\nshort`,
  'two lengths': `${OK}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`,
  'a bad chunk': `${CHUNKED}zz\r\nabc\r\n0\r\n\r\n`,
  'a chunk cut short': `${CHUNKED}9\r\nabc`,
  '300 KB of header': `${OK}X: ${'a'.repeat(300 * 1024)}\r\nContent-Length: 3\r\n\r\nabc`,
  'HTTP/0.9': '<html>image</html>',
  'another protocol': 'SSH-2.0-OpenSSH_9.9\r\n',
  'a switch of protocols': 'HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n',
  nothing: '',
};

/** Without it, nothing more is read of a body than it takes to see that it is no image. */
const PNG_SIGNATURE = Buffer.from('\x89PNG\r\n\x1a\n', 'latin1');

describe('attacks by what a download brings', () => {
  let folder: string;
  let service: RunningService;
  let hasty: RunningService;
  let origin: Origin;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'attacks-'));
    origin = await startOrigin(PUBLIC);
    const limits = { MAX_SOURCE_SIZE: '1MiB', THUMBNAIL_CACHE: 'none' };
    [service, hasty] = await Promise.all([
      RunningService.start(limits),
      RunningService.start({ ...limits, SOURCE_TIMEOUT: '500ms' }),
    ]);
  });
  afterEach(async () => {
    await expectUnharmed(service);
    expect(await peakMemory(service), 'memory').to.be.below(400 * MIB);
  });
  after(async () => {
    await service[Symbol.asyncDispose]();
    await hasty[Symbol.asyncDispose]();
    await origin[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  });

  it('9: a body that never ends is cut at the limit, and the connection is closed', async () => {
    origin.serve('/endless', { endless: true, body: PNG_SIGNATURE });
    const before = bytesSent();
    expectRefusal(await ask(service, origin.url('/endless')), 422, 'source-too-large');
    await origin.idle();
    expect(bytesSent() - before).to.be.within(MAX_SOURCE_BYTES, MAX_SOURCE_BYTES + SOCKET_BUFFERS);
  });

  it('9: an announced length above the limit is not begun with', async () => {
    origin.serve('/announced', (_request, response) => {
      response.writeHead(200, { 'content-length': 2 ** 40 });
      response.write('begin');
    });
    expectRefusal(await ask(service, origin.url('/announced')), 422, 'source-too-large');
    await origin.idle();
  });

  for (const [status, answerStatus, code] of [
    [500, 502, 'source-refused'],
    [404, 404, 'source-not-found'],
    [429, 502, 'source-refused'],
  ] as const) {
    it(`10: nothing is read of a ${status} that never ends`, async () => {
      origin.serve('/failing', { status, endless: true });
      const before = bytesSent();
      expectRefusal(await ask(service, origin.url('/failing')), answerStatus, code);
      await origin.idle();
      expect(bytesSent() - before).to.be.below(SOCKET_BUFFERS);
    });
  }

  it('11: nothing is read of redirects that never end', async () => {
    for (const hop of [0, 1, 2, 3, 4, 5, 6])
      origin.serve(`/${hop}`, { redirect: `/${hop + 1}`, endless: true });
    const before = bytesSent();
    expectRefusal(await ask(service, origin.url('/0')), 502, 'source-refused');
    await origin.idle();
    expect([1, 2, 3, 4, 5, 6, 7].map((hop) => origin.hits(`/${hop}`))).to.deep.equal([1, 1, 1, 1, 1, 1, 0]);
    expect(bytesSent() - before).to.be.below(7 * SOCKET_BUFFERS);
  });

  it('9: a body that never ends is cut where it shows to be no image', async () => {
    origin.serve('/endless-page', { endless: true, type: 'text/html', body: '<!doctype html>' });
    const before = bytesSent();
    expectRefusal(await ask(service, origin.url('/endless-page')), 422, 'unsupported-image');
    await origin.idle();
    expect(bytesSent() - before).to.be.below(SOCKET_BUFFERS);
  });

  it('12: megabytes packed into kilobytes are given up on the way', async () => {
    const zeros = Buffer.concat([PNG_SIGNATURE, Buffer.alloc(60_000_000)]);
    for (const [encoding, body] of Object.entries({
      gzip: gzipSync(zeros),
      deflate: deflateSync(zeros),
      br: brotliCompressSync(zeros, { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } }),
      zstd: zstdCompressSync(zeros),
      'gzip, gzip': gzipSync(gzipSync(zeros)),
    })) {
      const headers = { 'content-encoding': encoding };
      origin.serve('/bomb.png', { body, type: 'image/png', headers });
      expectRefusal(await ask(service, origin.url('/bomb.png')), 422, 'source-too-large', encoding);
    }
    expect(origin.requests.at(-1)?.headers['accept-encoding']).to.equal('identity');
  });

  it('21: a body that drips in is given up at the deadline', async () => {
    origin.serve('/drip', { dripMs: 100, body: Buffer.alloc(1000) });
    expectRefusal(await ask(hasty, origin.url('/drip')), 504, 'source-timeout');
    await origin.idle();
  });

  const slow: Readonly<Record<string, Script>> = {
    'drips its head': async ({ send }) => {
      await send(`${OK}X-Drip: `);
      while (await send('a')) await sleep(20);
    },
    'sends nothing but preliminary answers': async ({ send }) => {
      while (await send('HTTP/1.1 103 Early Hints\r\n\r\n')) await sleep(20);
    },
    'never answers': forever,
  };
  for (const [what, script] of Object.entries(slow)) {
    it(`22: a server that ${what} is given up at the deadline`, async () => {
      await using raw = await startRawOrigin(script, PUBLIC);
      expectRefusal(await ask(hasty, raw.url()), 504, 'source-timeout');
      await raw.idle();
    });
  }

  it('22: an address where every packet is dropped is given up at the deadline', async () => {
    await using hole = await BlackHole.start();
    expectRefusal(await ask(hasty, `http://${hole.address}/`), 504, 'source-timeout');
  });

  it('22: as many slow downloads as are let in keep nobody from /healthz and the form', async () => {
    origin.serve('/stalled', { stall: 'head' });
    const stalled = Array.from({ length: 100 }, (_, at) => ask(hasty, origin.url(`/stalled?${at}`)));
    for (const path of ['/healthz', '/']) expect((await fetch(hasty.url + path)).status).to.equal(200);
    const codes = new Set((await Promise.all(stalled)).map(({ status, code }) => `${status} ${code}`));
    expect([...codes]).to.include('504 source-timeout');
    expect([...codes].filter((code) => !['504 source-timeout', '503 overloaded'].includes(code))).to.be.empty;
    await expectUnharmed(hasty);
  });

  for (const [what, answer] of Object.entries(MALFORMED)) {
    it(`23: ${what}`, async () => {
      await using raw = await startRawOrigin(answer, PUBLIC);
      const code = what === 'a switch of protocols' ? 'source-refused' : 'source-unreachable';
      expectRefusal(await ask(service, raw.url()), 502, code);
      await raw.idle();
    });
  }

  it('24: redirects without end, without a target, and to nonsense', async () => {
    const locations = [
      '',
      'http://',
      'http://[',
      'file:///etc/passwd',
      'data:image/png;base64,AA',
      'http://a:b@c/',
    ];
    origin.serve('/loop', { redirect: '/loop' });
    origin.serve('/missing', { status: 302 });
    origin.serve('/long', { redirect: `/${'a'.repeat(9000)}` });
    for (const [at, redirect] of locations.entries()) origin.serve(`/nonsense-${at}`, { redirect });
    const paths = ['/loop', '/missing', '/long', ...locations.map((_, at) => `/nonsense-${at}`)];
    for (const path of paths)
      expectRefusal(await ask(service, origin.url(path)), 502, 'source-refused', path);
    expect(origin.hits('/loop')).to.equal(7);
  });

  it('24: a redirect from https to http', async () => {
    const certificate = selfSignedCertificate('secure.test');
    const authority = join(folder, 'authority.pem');
    await writeFile(authority, certificate.cert);
    await using dns = await startDnsServer({ 'secure.test': { a: ['127.0.0.2'] } });
    await using trusting = await RunningService.start({
      NODE_EXTRA_CA_CERTS: authority,
      DNS_SERVERS: dns.address,
    });
    await using secure = await startOrigin({ ...PUBLIC, hostname: 'secure.test', certificate });
    origin.serve('/image', { body: await plain(9, 9, [1, 2, 3]).png().toBuffer() });
    secure.serve('/image', { body: await plain(9, 9, [1, 2, 3]).png().toBuffer() });
    secure.serve('/down', { redirect: origin.url('/image') });
    expect((await ask(trusting, secure.url('/image'))).status).to.equal(200);
    expectRefusal(await ask(trusting, secure.url('/down')), 502, 'source-refused');
    expect(origin.hits('/image')).to.equal(0);
  });

  function bytesSent(): number {
    return origin.requests.reduce((sum, request) => sum + request.bytesSent, 0);
  }
});
