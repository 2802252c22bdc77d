import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { NameResolver } from '../../../src/adapters/resolve-names/index.ts';
import { OverloadedError } from '../../../src/domain/errors/index.ts';
import { type DnsServer, type Zone, startDnsServer } from '../../support/dns-server.ts';
import { rejection } from '../../support/rejection.ts';
import { caller, never } from '../../support/service.ts';

/** A port of loopback where nobody listens. */
const NOBODY = '127.0.0.1:1';

describe('NameResolver', () => {
  const using = new AsyncDisposableStack();
  let folder: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'names-'));
    using.defer(() => rm(folder, { recursive: true }));
  });
  after(() => using.disposeAsync());

  const serverOf = async (zones: Readonly<Record<string, Zone>>): Promise<DnsServer> =>
    using.use(await startDnsServer(zones));

  interface Setup {
    readonly timeoutMs?: number;
    readonly hosts?: string;
    readonly resolvConf?: string;
  }

  async function resolverOf(
    servers: readonly (DnsServer | string)[],
    { timeoutMs = 20_000, hosts = '', resolvConf = '' }: Setup = {},
  ) {
    const name = crypto.randomUUID();
    const files = { hosts: join(folder, `${name}-hosts`), resolvConf: join(folder, `${name}-resolv`) };
    await writeFile(files.hosts, hosts);
    await writeFile(files.resolvConf, resolvConf);
    const addresses = servers.map((server) => (typeof server === 'string' ? server : server.address));
    const resolver = new NameResolver({ servers: addresses, timeoutMs, queueTimeoutMs: 5000, files });
    const addressesOf = async (hostname: string, signal = never, client = 'client') =>
      (await resolver.resolve(hostname, caller(signal, client))).map(({ address }) => address);
    return { resolver, files, addressesOf };
  }

  async function timed<T>(work: Promise<T>): Promise<[T, ms: number]> {
    const startedAt = performance.now();
    const result = await work;
    return [result, performance.now() - startedAt];
  }

  const codeOf = async (work: Promise<unknown>) => ((await rejection(work)) as NodeJS.ErrnoException).code;

  describe('addresses', () => {
    it('are those of both families, IPv4 first', async () => {
      const dns = await serverOf({ 'both.test': { a: ['127.0.0.2', '127.0.0.3'], aaaa: ['2606:4700::1'] } });
      const { resolver } = await resolverOf([dns]);
      expect(await resolver.resolve('Both.test', caller())).to.deep.equal([
        { address: '127.0.0.2', family: 4 },
        { address: '127.0.0.3', family: 4 },
        { address: '2606:4700::1', family: 6 },
      ]);
    });

    it('are of one family where the other has none', async () => {
      const dns = await serverOf({ 'v4.test': { a: ['127.0.0.2'] }, 'v6.test': { aaaa: ['2606:4700::1'] } });
      const { addressesOf } = await resolverOf([dns]);
      expect(await addressesOf('v4.test')).to.deep.equal(['127.0.0.2']);
      expect(await addressesOf('v6.test')).to.deep.equal(['2606:4700::1']);
    });

    it('are at the end of a chain of aliases, for the shortest time of its links', async () => {
      const dns = await serverOf({ 'www.test': { through: ['a.cdn.test', 'b.cdn.test'], a: ['127.0.0.2'] } });
      const { addressesOf } = await resolverOf([dns]);
      expect(await addressesOf('www.test')).to.deep.equal(['127.0.0.2']);
    });

    it('come by TCP where UDP has no room for them', async () => {
      const a = Array.from({ length: 100 }, (_, at) => `127.0.1.${at}`);
      const dns = await serverOf({ 'many.test': { a, truncated: true } });
      const { addressesOf } = await resolverOf([dns]);
      expect(await addressesOf('many.test')).to.deep.equal(a.slice(0, 16));
      expect(dns.questions).to.include('TCP A many.test');
    });

    it('are a literal itself, which nobody is asked for, nor for a number in another spelling', async () => {
      const dns = await serverOf({});
      const { addressesOf } = await resolverOf([dns], { resolvConf: 'search a.test' });
      expect(await addressesOf('127.0.0.2')).to.deep.equal(['127.0.0.2']);
      expect(await addressesOf('::1')).to.deep.equal(['::1']);
      for (const name of [
        '2130706433',
        '127.1',
        '0x7f000001',
        'a.0x7f',
        `${'a'.repeat(64)}.test`,
        'a..test',
        '',
      ]) {
        expect(await codeOf(addressesOf(name)), name).to.equal('ENOTFOUND');
      }
      expect(await codeOf(addressesOf('secret.onion'))).to.equal('ENOTFOUND');
      expect(await codeOf(addressesOf('nowhere.invalid'))).to.equal('ENOTFOUND');
      expect(dns.questions).to.deep.equal([]);
    });
  });

  describe('a name server', () => {
    it('that says that there is no such name, or no address, is believed', async () => {
      const [first, second] = [await serverOf({ 'empty.test': {} }), await serverOf({})];
      const { addressesOf } = await resolverOf([first, second]);
      expect(await codeOf(addressesOf('nowhere.test'))).to.equal('ENOTFOUND');
      expect(await codeOf(addressesOf('empty.test'))).to.equal('ENOTFOUND');
      expect(second.questions).to.deep.equal([]);
    });

    for (const rcode of ['SERVFAIL', 'REFUSED'] as const) {
      it(`that answers ${rcode} is followed by the next one at once`, async () => {
        const first = await serverOf({ 'a.test': { rcode } });
        const second = await serverOf({ 'a.test': { a: ['127.0.0.2'] } });
        const { addressesOf } = await resolverOf([first, second]);
        const [found, ms] = await timed(addressesOf('a.test'));
        expect(found).to.deep.equal(['127.0.0.2']);
        expect(ms).to.be.below(4000);
      });
    }

    it('that nobody runs is followed by the next one at once', async () => {
      const dns = await serverOf({ 'a.test': { a: ['127.0.0.2'] } });
      const { addressesOf } = await resolverOf([NOBODY, dns]);
      expect(await addressesOf('a.test')).to.deep.equal(['127.0.0.2']);
    });

    it('that is silent has its own time, and for a while comes after the others', async () => {
      const silent = await serverOf({});
      silent.isSilent = true;
      const dns = await serverOf({ 'a.test': { a: ['127.0.0.2'] }, 'b.test': { a: ['127.0.0.3'] } });
      const { addressesOf } = await resolverOf([silent, dns], { timeoutMs: 4000 });
      const [found, ms] = await timed(addressesOf('a.test'));
      expect(found).to.deep.equal(['127.0.0.2']);
      expect(ms).to.be.within(900, 3500);
      const asked = silent.questions.length;
      expect(await addressesOf('b.test')).to.deep.equal(['127.0.0.3']);
      expect(silent.questions).to.have.length(asked);
    });

    it('is asked as often as resolv.conf says', async () => {
      const dns = await serverOf({ 'a.test': { rcode: 'SERVFAIL' } });
      const { addressesOf } = await resolverOf([dns], { resolvConf: 'options attempts:3' });
      expect(await codeOf(addressesOf('a.test'))).to.equal('EAI_AGAIN');
      expect(dns.asked('a.test')).to.equal(3);
    });

    it('that is of resolv.conf is asked at port 53, and of a new one once that has changed', async () => {
      const { files } = await resolverOf([], { resolvConf: 'nameserver 127.0.0.2\noptions attempts:1' });
      const resolver = new NameResolver({ timeoutMs: 300, queueTimeoutMs: 5000, files });
      const before = await rejection(resolver.resolve('a.test', caller()));
      expect(before).to.be.instanceOf(OverloadedError);
      await writeFile(files.resolvConf, 'search added.test');
      await sleep(1100);
      expect(resolver.isInside('x.added.test')).to.equal(true);
    });
  });

  describe('a family', () => {
    for (const [late, zone, address] of [
      ['IPv6', { a: ['127.0.0.2'], stalls: ['AAAA'] }, '127.0.0.2'],
      ['IPv4', { aaaa: ['2606:4700::1'], stalls: ['A'] }, '2606:4700::1'],
    ] as [string, Zone, string][]) {
      it(`that is not answered for, ${late}, holds the other up for a moment only`, async () => {
        const dns = await serverOf({ 'a.test': zone });
        const { addressesOf } = await resolverOf([dns]);
        const [found, ms] = await timed(addressesOf('a.test'));
        expect(found).to.deep.equal([address]);
        expect(ms).to.be.below(4000);
      });
    }

    it('that fails takes nothing from the other', async () => {
      const dns = await serverOf({ 'a.test': { a: ['127.0.0.2'], fails: ['AAAA'] } });
      const { addressesOf } = await resolverOf([dns]);
      expect(await addressesOf('a.test')).to.deep.equal(['127.0.0.2']);
    });
  });

  describe('the hosts file', () => {
    const hosts = '127.0.0.5 Listed.test alias # comment\n::5\tlisted.test\n\nnonsense here\n';

    it('comes before the name servers, in any case and with a dot', async () => {
      const dns = await serverOf({ 'listed.test': { a: ['127.0.0.2'] } });
      const { addressesOf } = await resolverOf([dns], { hosts });
      expect(await addressesOf('listed.TEST.')).to.deep.equal(['127.0.0.5', '::5']);
      expect(await addressesOf('alias')).to.deep.equal(['127.0.0.5']);
      expect(await codeOf(addressesOf('here'))).to.equal('ENOTFOUND');
      expect(dns.questions).not.to.include('A listed.test');
    });

    it('is read again once it has changed, whatever is remembered', async () => {
      const dns = await serverOf({ 'later.test': { a: ['127.0.0.2'] } });
      const { addressesOf, files } = await resolverOf([dns]);
      expect(await addressesOf('later.test')).to.deep.equal(['127.0.0.2']);
      await writeFile(files.hosts, '127.0.0.9 later.test');
      await sleep(1100);
      expect(await addressesOf('later.test')).to.deep.equal(['127.0.0.9']);
      await rm(files.hosts);
      await sleep(1100);
      expect(await addressesOf('later.test')).to.deep.equal(['127.0.0.2']);
    });
  });

  describe('localhost', () => {
    it('is loopback, as are all names below it, and nobody is asked', async () => {
      const dns = await serverOf({ localhost: { a: ['1.1.1.1'] }, 'x.localhost': { a: ['1.1.1.1'] } });
      const { addressesOf } = await resolverOf([dns], { hosts: '1.1.1.1 localhost' });
      for (const name of ['localhost', 'LOCALHOST.', 'x.localhost', 'a.b.localhost.']) {
        expect(await addressesOf(name)).to.deep.equal(['127.0.0.1', '::1']);
      }
      expect(dns.questions).to.deep.equal([]);
    });

    it('has the loopback addresses of the hosts file, where that has any', async () => {
      const { addressesOf } = await resolverOf([NOBODY], { hosts: '127.0.0.1 localhost' });
      expect(await addressesOf('localhost')).to.deep.equal(['127.0.0.1']);
      expect(await addressesOf('x.localhost')).to.deep.equal(['127.0.0.1']);
    });
  });

  describe('the search domains', () => {
    const zones = { 'db.b.test': { a: ['127.0.0.7'] }, 'www.example.test': { a: ['127.0.0.8'] } };

    it('are tried in their order', async () => {
      const dns = await serverOf(zones);
      const { addressesOf } = await resolverOf([dns], { resolvConf: 'search a.test b.test' });
      expect(await addressesOf('db')).to.deep.equal(['127.0.0.7']);
      expect(dns.questions.filter((question) => question.startsWith('A '))).to.deep.equal([
        'A db.a.test',
        'A db.b.test',
      ]);
      expect(await codeOf(addressesOf('db.'))).to.equal('ENOTFOUND');
    });

    it('come before the name itself as ndots says, as in Kubernetes', async () => {
      const dns = await serverOf(zones);
      const { addressesOf } = await resolverOf([dns], {
        resolvConf: 'search a.test b.test\noptions ndots:5',
      });
      expect(await addressesOf('www.example.test')).to.deep.equal(['127.0.0.8']);
      expect(dns.asked('www.example.test.a.test')).to.equal(1);
      expect(await addressesOf('www.example.test.')).to.deep.equal(['127.0.0.8']);
    });

    it('that stall leave the name itself time', async () => {
      const dns = await serverOf({ ...zones, 'www.example.test.a.test': { stalls: 'all' } });
      const { addressesOf } = await resolverOf([dns], {
        resolvConf: 'search a.test b.test\noptions ndots:5',
      });
      expect(await addressesOf('www.example.test')).to.deep.equal(['127.0.0.8']);
      expect(dns.asked('www.example.test.b.test')).to.equal(0);
    });

    it('are not tried for a name that is not answered for', async () => {
      const dns = await serverOf({ 'a.test': { stalls: 'all' }, 'a.test.b.test': { a: ['127.0.0.2'] } });
      const { addressesOf } = await resolverOf([dns], { resolvConf: 'search b.test', timeoutMs: 600 });
      expect(await codeOf(addressesOf('a.test'))).to.equal('EAI_AGAIN');
      expect(dns.asked('a.test.b.test')).to.equal(0);
    });
  });

  describe('an answer', () => {
    it('is remembered for its TTL and no longer', async () => {
      const dns = await serverOf({ 'a.test': { a: ['127.0.0.2'], ttl: 1 }, 'b.test': { a: ['127.0.0.2'] } });
      const { addressesOf } = await resolverOf([dns]);
      for (const name of ['a.test', 'b.test', 'a.test', 'b.test']) await addressesOf(name);
      expect([dns.asked('a.test'), dns.asked('b.test')]).to.deep.equal([1, 1]);
      await sleep(1050);
      for (const name of ['a.test', 'b.test']) await addressesOf(name);
      expect([dns.asked('a.test'), dns.asked('b.test')]).to.deep.equal([2, 1]);
    });

    it('with a TTL of 0 is not remembered', async () => {
      const dns = await serverOf({ 'a.test': { turns: [['127.0.0.2'], ['127.0.0.3']] } });
      const { addressesOf } = await resolverOf([dns]);
      expect(await addressesOf('a.test')).to.deep.equal(['127.0.0.2']);
      expect(await addressesOf('a.test')).to.deep.equal(['127.0.0.3']);
    });

    it('has the shortest TTL of a chain and of both families', async () => {
      const dns = await serverOf({
        'chain.test': { through: ['b.test'], ttls: [1], a: ['127.0.0.2'] },
      });
      const { addressesOf } = await resolverOf([dns]);
      await addressesOf('chain.test');
      await sleep(1050);
      await addressesOf('chain.test');
      expect(dns.asked('chain.test')).to.equal(2);
    });

    it('is asked for once by all who want it at the same time, even if some of them leave', async () => {
      const dns = await serverOf({ 'a.test': { a: ['127.0.0.2'], delayMs: 100 } });
      const { addressesOf } = await resolverOf([dns]);
      const leaver = new AbortController();
      const left = rejection(addressesOf('a.test', leaver.signal));
      const all = Promise.all(Array.from({ length: 16 }, () => addressesOf('a.test')));
      leaver.abort(new Error('left'));
      expect(((await left) as Error).message).to.equal('left');
      expect(new Set((await all).flat())).to.deep.equal(new Set(['127.0.0.2']));
      expect(dns.questions.toSorted()).to.deep.equal(['A a.test', 'AAAA a.test']);
    });

    it('that there is no such name is remembered, too', async () => {
      const dns = await serverOf({});
      const { addressesOf } = await resolverOf([dns]);
      for (let time = 0; time < 3; time += 1) await codeOf(addressesOf('nowhere.test'));
      expect(dns.asked('nowhere.test')).to.equal(1);
    });

    it('is remembered of a thousand names at most', async () => {
      const names = Array.from({ length: 1100 }, (_, at) => `n${at}.test`);
      const dns = await serverOf(Object.fromEntries(names.map((name) => [name, { a: ['127.0.0.2'] }])));
      const { addressesOf } = await resolverOf([dns]);
      for (const name of names) await addressesOf(name);
      await addressesOf('n1099.test');
      await addressesOf('n0.test');
      expect([dns.asked('n1099.test'), dns.asked('n0.test')]).to.deep.equal([1, 2]);
    });
  });

  describe('trouble', () => {
    it('of one name, while others are answered, is that name’s, and is found out in time', async () => {
      const dns = await serverOf({ 'stall.test': { stalls: 'all' } });
      const { addressesOf } = await resolverOf([dns], { timeoutMs: 600 });
      const [code, ms] = await timed(codeOf(addressesOf('stall.test')));
      expect(code).to.equal('EAI_AGAIN');
      expect(ms).to.be.within(550, 4000);
    });

    for (const [what, isSilent] of [
      ['nobody answers', true],
      ['all refuse', false],
    ] as const) {
      it(`is ours where ${what}, and is not remembered`, async () => {
        const dns = await serverOf({ 'a.test': { a: ['127.0.0.2'] } });
        dns.isSilent = isSilent;
        dns.isRefusing = !isSilent;
        const { addressesOf } = await resolverOf([dns], { timeoutMs: 600 });
        expect(await rejection(addressesOf('a.test'))).to.be.instanceOf(OverloadedError);
        dns.isSilent = dns.isRefusing = false;
        expect(await addressesOf('a.test')).to.deep.equal(['127.0.0.2']);
      });
    }

    it('is ours where nobody runs a name server', async () => {
      const { addressesOf } = await resolverOf([NOBODY]);
      expect(await rejection(addressesOf('a.test'))).to.be.instanceOf(OverloadedError);
    });

    it('of two hundred names keeps no other name waiting', async () => {
      const stalling = Array.from({ length: 200 }, (_, at) => `stall-${at}.test`);
      const dns = await serverOf({
        ...Object.fromEntries(stalling.map((name) => [name, { stalls: 'all' } as const])),
        'a.example': { a: ['127.0.0.2'] },
      });
      const { addressesOf } = await resolverOf([dns], { timeoutMs: 4000 });
      let over = 0;
      const stalled = stalling.map((name) => codeOf(addressesOf(name)).finally(() => (over += 1)));
      expect(await addressesOf('a.example')).to.deep.equal(['127.0.0.2']);
      expect(over).to.equal(0);
      expect(new Set(await Promise.all(stalled))).to.deep.equal(new Set(['EAI_AGAIN']));
    });

    it('of names in one domain leaves room for those of others', async () => {
      const stalling = Array.from({ length: 1200 }, (_, at) => `n${at}.stall.test`);
      const dns = await serverOf({
        ...Object.fromEntries(stalling.map((name) => [name, { stalls: 'all' } as const])),
        'a.example': { a: ['127.0.0.2'] },
      });
      const { addressesOf } = await resolverOf([dns]);
      const leaver = new AbortController();
      const stalled = stalling.map((name) => rejection(addressesOf(name, leaver.signal)));
      expect(await addressesOf('a.example')).to.deep.equal(['127.0.0.2']);
      leaver.abort(new Error('left'));
      const turnedAway = (await Promise.all(stalled)).filter((error) => error instanceof OverloadedError);
      expect(turnedAway).to.have.length(1200 - 250);
    });

    it('of names in one domain under a public suffix leaves room for those of others under it', async () => {
      const stalling = Array.from({ length: 300 }, (_, at) => `n${at}.stall.co.uk`);
      const dns = await serverOf({
        ...Object.fromEntries(stalling.map((name) => [name, { stalls: 'all' } as const])),
        'a.example.co.uk': { a: ['127.0.0.2'] },
      });
      const { addressesOf } = await resolverOf([dns]);
      const leaver = new AbortController();
      const stalled = stalling.map((name) => rejection(addressesOf(name, leaver.signal)));
      expect(await addressesOf('a.example.co.uk')).to.deep.equal(['127.0.0.2']);
      leaver.abort(new Error('left'));
      await Promise.all(stalled);
    });

    it('of one client leaves room for another client', async () => {
      const stalling = Array.from({ length: 1200 }, (_, at) => `n.stall-${at}.test`);
      const dns = await serverOf({
        ...Object.fromEntries(stalling.map((name) => [name, { stalls: 'all' } as const])),
        'a.example': { a: ['127.0.0.2'] },
      });
      const { addressesOf } = await resolverOf([dns]);
      const leaver = new AbortController();
      const flood = stalling.map((name) => rejection(addressesOf(name, leaver.signal, 'flood')));
      const [found, ms] = await timed(addressesOf('a.example', never, 'other'));
      expect(found).to.deep.equal(['127.0.0.2']);
      expect(ms).to.be.below(15_000);
      leaver.abort(new Error('left'));
      await Promise.all(flood);
    });
  });
});
