import { expect } from 'chai';
import { parseResolvConf } from '../../../src/adapters/resolve-names/resolv-conf.ts';
import { isInside, searchOrder } from '../../../src/adapters/resolve-names/search-order.ts';

const KUBERNETES = `nameserver 10.96.0.10
search shop.svc.cluster.local svc.cluster.local cluster.local
options ndots:5`;

describe('resolv.conf', () => {
  it('leads to a name server on the machine itself where there is none', () => {
    expect(parseResolvConf('')).to.deep.equal({
      servers: ['127.0.0.1'],
      search: [],
      ndots: 1,
      timeoutMs: 5000,
      attempts: 2,
    });
  });

  it('is read as Docker, Kubernetes and AWS write it', () => {
    expect(parseResolvConf('nameserver 127.0.0.11\noptions ndots:0\n')).to.include({ ndots: 0 });
    expect(parseResolvConf(KUBERNETES)).to.deep.include({
      servers: ['10.96.0.10'],
      search: ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local'],
      ndots: 5,
    });
    expect(
      parseResolvConf(
        '; generated\nsearch eu-west-1.compute.internal\noptions timeout:2 attempts:5\nnameserver 10.0.0.2',
      ),
    ).to.deep.equal({
      servers: ['10.0.0.2'],
      search: ['eu-west-1.compute.internal'],
      ndots: 1,
      timeoutMs: 2000,
      attempts: 5,
    });
  });

  it('has three name servers at most, and none with a zone', () => {
    const text = ['fe80::1%eth0', '10.0.0.1', '::1', '10.0.0.3', '10.0.0.4']
      .map((server) => `nameserver ${server}`)
      .join('\r\n');
    expect(parseResolvConf(text).servers).to.deep.equal(['10.0.0.1', '::1', '10.0.0.3']);
  });

  it('has the last of search and domain, and no domain that is the root', () => {
    expect(parseResolvConf('search a.test b.test\ndomain C.test. d.test').search).to.deep.equal(['c.test']);
    expect(parseResolvConf('domain c.test\nsearch a.test b.test').search).to.deep.equal(['a.test', 'b.test']);
    expect(parseResolvConf('search .').search).to.deep.equal([]);
  });

  it('has bounds on its numbers, and ignores anything else', () => {
    expect(parseResolvConf('options ndots:99 timeout:99 attempts:99')).to.include({
      ndots: 15,
      timeoutMs: 30_000,
      attempts: 5,
    });
    expect(parseResolvConf('options ndots:x timeout:0 attempts:0 edns0 rotate')).to.include({
      ndots: 1,
      timeoutMs: 1000,
      attempts: 1,
    });
  });
});

describe('the search order', () => {
  const search = ['a.test', 'b.test'];

  for (const [name, ndots, order] of [
    ['www', 1, ['www.a.test', 'www.b.test', 'www']],
    ['www', 0, ['www', 'www.a.test', 'www.b.test']],
    ['www.c.test', 1, ['www.c.test', 'www.c.test.a.test', 'www.c.test.b.test']],
    ['www.c.test', 5, ['www.c.test.a.test', 'www.c.test.b.test', 'www.c.test']],
    ['www.c.test.', 5, ['www.c.test']],
    ['www.', 1, ['www']],
  ] as const) {
    it(`of ${name} with ndots:${ndots} is ${order.join(', ')}`, () => {
      expect(searchOrder(name, { search, ndots })).to.deep.equal(order);
    });
  }
});

describe('a name inside', () => {
  const search = ['corp.example', 'cluster.local'];

  for (const name of [
    ...['vm', 'VM.', 'vault.internal', 'a.b.INTERNAL.', 'printer.local', 'nas.lan', 'x.home.arpa'],
    ...['wiki.corp.example', 'corp.example', 'shop.svc.cluster.local'],
  ]) {
    it(`is ${name}`, () => expect(isInside(name, { search })).to.equal(true));
  }

  for (const name of ['example.com', 'internal.example.com', 'notcorp.example', 'x.arpa', 'lan.example']) {
    it(`is not ${name}`, () => expect(isInside(name, { search })).to.equal(false));
  }
});
