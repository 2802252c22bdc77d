import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { plain } from '../../scripts/kit/images.ts';
import { type Origin, startOrigin } from '../../scripts/kit/origin.ts';
import { RunningService } from '../../scripts/kit/running-service.ts';
import { ONE_PUBLIC_ADDRESS, PUBLIC, ask, expectRefusal, expectUnharmed } from '../support/attack.ts';
import { type DnsServer, startDnsServer } from '../support/dns-server.ts';

const STALLING = [4, 48, 200].map((count) =>
  Array.from({ length: count }, (_, at) => `stall-${at}-of-${count}.test`),
);

const ZONES = {
  'public.test': { a: ['127.0.0.2'] },
  'images.internal': { a: ['127.0.0.2'] },
  'vault.internal': { a: ['127.0.0.1'] },
  ...Object.fromEntries(STALLING.flat().map((name) => [name, { stalls: 'all' } as const])),
};

describe('attacks by names', () => {
  let dns: DnsServer;
  let service: RunningService;
  let origin: Origin;

  before(async () => {
    dns = await startDnsServer(ZONES);
    origin = await startOrigin(PUBLIC);
    service = await RunningService.start({
      ...ONE_PUBLIC_ADDRESS,
      ALLOWED_SOURCE_PORTS: '80,443,1024-65535',
      DNS_SERVERS: dns.address,
      SOURCE_TIMEOUT: '6s',
    });
    const body = await plain(80, 60, [9, 90, 200]).png().toBuffer();
    for (let at = 0; at < 16; at += 1) {
      for (const count of [4, 48, 200]) origin.serve(`/${count}-${at}.png`, { body });
    }
    origin.serve('/a.png', { body });
  });
  afterEach(() => expectUnharmed(service));
  after(async () => {
    await service[Symbol.asyncDispose]();
    await origin[Symbol.asyncDispose]();
    await dns[Symbol.asyncDispose]();
  });

  const ofPublic = (path: string) => ask(service, `http://public.test:${origin.port}${path}`);

  for (const names of STALLING) {
    const count = names.length;
    it(`${count} names that nobody answers for keep no other from being resolved and downloaded`, async () => {
      const stalled = names.map((name) => ask(service, `http://${name}/`));
      while (!names.every((name) => dns.asked(name) > 0)) await sleep(5);
      for (let at = 0; at < 16; at += 1) {
        const startedAt = performance.now();
        expect((await ofPublic(`/${count}-${at}.png`)).status).to.equal(200);
        // One that waited for them would wait until SOURCE_TIMEOUT.
        expect(performance.now() - startedAt).to.be.below(3500);
      }
      for (const answer of await Promise.all(stalled)) expectRefusal(answer, 502, 'source-unreachable');
    });
  }

  it('a name server that answers nothing is our trouble: 503, which is over with it', async () => {
    dns.zones.set('later.test', { a: ['127.0.0.2'] });
    const url = `http://later.test:${origin.port}/a.png`;
    dns.isSilent = true;
    const [first, second] = await Promise.all([ask(service, url), ask(service, 'http://other.test/')]);
    dns.isSilent = false;
    expectRefusal(first, 503, 'overloaded');
    expectRefusal(second, 503, 'overloaded');
    expect((await ask(service, url)).status).to.equal(200);
  });

  it('names inside are told from one another by no answer and by no time', async () => {
    const hosts = [
      'vm',
      'localhost',
      'vault.internal',
      'nowhere.internal',
      'nas.local',
      'nas.lan',
      'x.home.arpa',
    ];
    const bodies = new Set<string>();
    for (const host of [...hosts, ...hosts, 'NOWHERE', 'nowhere.internal.']) {
      const startedAt = performance.now();
      const answer = await ask(service, `http://${host}/`);
      expect(performance.now() - startedAt, host).to.be.above(95);
      expectRefusal(answer, 403, 'source-forbidden', host);
      bodies.add(answer.body.toString().replace(/urn:request:[\w-]+/, ''));
    }
    expect([...bodies], 'answers that can be told apart').to.have.length(1);
    expect((await ask(service, `http://images.internal:${origin.port}/a.png`)).status).to.equal(200);
    for (const host of ['nowhere.test', 'nowhere.internal.test']) {
      expectRefusal(await ask(service, `http://${host}/`), 502, 'source-unreachable');
    }
  });
});
