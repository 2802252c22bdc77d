import { expect } from 'chai';
import { ONE_PUBLIC_ADDRESS, PUBLIC, ask, expectRefusal, expectUnharmed } from '../support/attack.ts';
import { plain } from '../../scripts/kit/images.ts';
import { type Origin, startOrigin } from '../../scripts/kit/origin.ts';
import { RunningService } from '../../scripts/kit/running-service.ts';
import { type DnsServer, startDnsServer } from '../support/dns-server.ts';

const ZONES = {
  'public.test': { a: ['127.0.0.2'] },
  'rebinding.test': { turns: [['127.0.0.2'], ['127.0.0.1']] },
  'mixed.test': { a: ['127.0.0.2', '127.0.0.1'] },
  'mixed-v6.test': { a: ['127.0.0.2'], aaaa: ['::1'] },
  'private.test': { a: ['127.0.0.1'] },
  'metadata.test': { a: ['169.254.170.2'] },
};

/** Of 127.0.0.1, as URLs spell it or as attackers do. */
const SPELLINGS = [
  ...['127.0.0.1', '127.0.0.1.', '127.1', '127.0.1', '2130706433', '0x7f000001', '0x7f.1', '0x7F.0.0.1'],
  ...['017700000001', '0177.0.0.1', '0177.0.0.01', '127.0.0.0x1', '0', '0.0.0.0', '127.255.255.254'],
  ...['127。0。0。1', '127｡0｡0｡1', '１２７.0.0.1', '①②⑦.⓪.⓪.①', '%31%32%37.0.0.1'],
  ...['[::1]', '[::]', '[0:0:0:0:0:0:0:1]', 'localhost', 'LOCALHOST'],
];

const HIDDEN_IN_V6 = {
  'IPv4-mapped': ['[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[0:0:0:0:0:ffff:a9fe:a9fe]'],
  'IPv4-compatible': ['[::127.0.0.1]', '[::7f00:1]'],
  'IPv4-translated': ['[::ffff:0:127.0.0.1]'],
  NAT64: ['[64:ff9b::127.0.0.1]', '[64:ff9b::a9fe:a9fe]', '[64:ff9b:1::7f00:1]'],
  '6to4': ['[2002:7f00:1::]', '[2002:a9fe:a9fe::1]'],
  Teredo: ['[2001:0:4136:e378:8000:63bf:80ff:fffe]'],
  ISATAP: ['[2a00:1450::5efe:7f00:1]'],
  'site-local, unique local, link-local': ['[fec0::1]', '[fd00::1]', '[fc00::1]', '[fe80::1]'],
};

const METADATA = [
  ...['169.254.170.2', '169.254.169.254', '[fd00:ec2::254]', '168.63.129.16', '100.100.100.200'],
  ...['2852039166', '0xa9.0xfe.0xa9.0xfe', '[::ffff:a9fe:aa02]'],
];

/** The ends of the special blocks; their public neighbours are tried where nothing is connected to. */
const SPECIAL_BLOCKS = [
  ...['0.0.0.1', '0.255.255.255', '10.0.0.0', '10.255.255.255', '100.64.0.0', '100.127.255.255'],
  ...['169.254.0.0', '172.16.0.0', '172.31.255.255', '192.0.0.0', '192.0.2.1', '192.168.0.0'],
  ...['192.168.255.255', '198.18.0.0', '198.19.255.255', '198.51.100.1', '203.0.113.1', '224.0.0.1'],
  ...['240.0.0.1', '255.255.255.255'],
];

describe('attacks by address', () => {
  let dns: DnsServer;
  let service: RunningService;
  let origin: Origin;
  let secret: Origin;

  before(async () => {
    dns = await startDnsServer(ZONES);
    service = await RunningService.start({
      ...ONE_PUBLIC_ADDRESS,
      ALLOWED_SOURCE_PORTS: '80,443,1024-65535',
      DNS_SERVERS: dns.address,
    });
    origin = await startOrigin(PUBLIC);
    secret = await startOrigin();
    origin.serve('/a.png', { body: await plain(80, 60, [9, 90, 200]).png().toBuffer() });
    secret.serve('/a.png', { body: await plain(80, 60, [200, 9, 9]).png().toBuffer() });
  });
  afterEach(() => expectUnharmed(service));
  after(async () => {
    await service[Symbol.asyncDispose]();
    await origin[Symbol.asyncDispose]();
    await secret[Symbol.asyncDispose]();
    await dns[Symbol.asyncDispose]();
  });

  /** Refuses all of these, in one and the same answer, and connects nowhere. */
  async function expectForbidden(urls: readonly string[]): Promise<void> {
    const bodies = new Set<string>();
    for (const url of urls) {
      const answer = await ask(service, url);
      expectRefusal(answer, 403, 'source-forbidden', url);
      bodies.add(answer.body.toString().replace(/urn:request:[\w-]+/, ''));
    }
    expect([...bodies], 'answers that can be told apart').to.have.length(1);
    expect(secret.connections).to.equal(0);
  }

  it('1: a name that is public when it is checked and private when it is connected to', async () => {
    const url = (port: number, n: number) => `http://rebinding.test:${port}/a.png?${n}`;
    expect((await ask(service, url(origin.port, 1))).status).to.equal(200);
    await expectForbidden([url(secret.port, 2), url(secret.port, 3)]);
  });

  it('2: the metadata services of clouds, answered like any other forbidden host', async () => {
    const urls = METADATA.flatMap((host) => [`http://${host}/latest/meta-data/`, `https://${host}/`]);
    await expectForbidden([...urls, 'http://metadata.test/', 'http://private.test/', 'http://10.0.0.1/']);
  });

  it('3: a redirect from a public host to a private one', async () => {
    const targets = ['127.0.0.1', '[::1]', 'private.test', 'mixed.test', '2130706433', '[::ffff:7f00:1]'];
    for (const [at, host] of targets.entries()) {
      origin.serve(`/to-${at}`, { redirect: `http://${host}:${secret.port}/a.png` });
      origin.serve(`/far-${at}`, { redirect: `/to-${at}` });
    }
    origin.serve('/scheme-relative', { redirect: `//127.0.0.1:${secret.port}/a.png` });
    const paths = targets.flatMap((_, at) => [`/to-${at}`, `/far-${at}`]);
    await expectForbidden([...paths, '/scheme-relative'].map((path) => origin.url(path)));
  });

  it('4: a redirect from http to https on a private host', async () => {
    for (const host of ['127.0.0.1', '[::1]', 'private.test', 'mixed.test']) {
      origin.serve(`/tls-${host}`, { redirect: `https://${host}:${secret.port}/a.png` });
    }
    await expectForbidden([origin.url('/tls-127.0.0.1'), origin.url('/tls-private.test')]);
    await expectForbidden([origin.url('/tls-mixed.test')]);
  });

  it('5: a name that has a public and a private address', async () => {
    const names = ['mixed.test', 'mixed-v6.test'];
    await expectForbidden(names.map((name) => `http://${name}:${secret.port}/a.png`));
    expect((await ask(service, `http://public.test:${origin.port}/a.png`)).status).to.equal(200);
  });

  it('6: every spelling of 127.0.0.1', async () => {
    const answers = await Promise.all(
      SPELLINGS.map(
        async (host) => [host, await ask(service, `http://${host}:${secret.port}/a.png`)] as const,
      ),
    );
    for (const [host, answer] of answers) {
      expectRefusal(answer, 403, 'source-forbidden', host);
    }
    expect(secret.connections).to.equal(0);
  });

  for (const [kind, hosts] of Object.entries(HIDDEN_IN_V6)) {
    it(`7: IPv6 that is or hides a private address: ${kind}`, async () => {
      await expectForbidden(hosts.map((host) => `http://${host}:${secret.port}/a.png`));
    });
  }

  it('8: special-purpose blocks', () => expectForbidden(SPECIAL_BLOCKS.map((host) => `http://${host}/`)));

  it('25: other schemes, ports and user-info are refused before a name is looked up', async () => {
    const before = origin.connections + secret.connections;
    const refused = [
      ...['file:///etc/passwd', 'ftp://public.test/a', 'data:image/png;base64,AAAA', 'javascript:alert(1)'],
      ...[
        'unix:/var/run/docker.sock',
        'gopher://public.test:70/',
        'http+unix://%2Fvar%2Frun/',
        'blob:null/1',
      ],
      ...['http://public.test:22/', 'http://public.test:25/', 'https://public.test:1023/'],
      ...['http://user@public.test/', 'http://user:pass@public.test/', `http://127.0.0.2:x@127.0.0.1/`],
      ...[
        '//public.test/a',
        '/a.png',
        'public.test/a',
        'http://',
        'http://[::1',
        'http://a b/',
        'http://%00/',
      ],
    ];
    for (const url of refused) expectRefusal(await ask(service, url), 400, 'invalid-request', url);
    expect(origin.connections + secret.connections - before).to.equal(0);
  });

  it('25: the ports of other servers, by default', async () => {
    await using careful = await RunningService.start({
      ...ONE_PUBLIC_ADDRESS,
      ALLOWED_SOURCE_PORTS: '80,443',
    });
    for (const port of [21, 22, 25, 6379, 8080, 11_211]) {
      expectRefusal(await ask(careful, `http://127.0.0.2:${port}/`), 400, 'invalid-request', String(port));
    }
  });
});
