import { expect } from 'chai';
import type { CacheKey } from '../../../src/domain/cache/cache-key.ts';
import { Memcached, whyNoMemcached } from '../../../scripts/kit/memcached.ts';
import { selfSignedCertificate, trust } from '../../../scripts/kit/self-signed-certificate.ts';
import { freshKey, sampleEntry } from '../../support/cache-entries.ts';
import { ConfigurationEndpoint } from '../../support/configuration-endpoint.ts';
import { HostileMemcached } from '../../support/hostile-memcached.ts';
import { MINUTE_MS, expectRejectedAtOnce, openCache, recovered, unavailable, until } from './support.ts';
import { describeUnless } from '../../support/describe-with.ts';

const GENERATION = { kind: 'generation', createdAtMs: 1, freshUntilMs: 0 } as const;

describeUnless(whyNoMemcached(), 'cache-memcached: discovery', () => {
  const started = new AsyncDisposableStack();
  const addresses: string[] = [];
  let endpoint: ConfigurationEndpoint;
  before(async () => {
    while (addresses.length < 3) addresses.push(started.use(await Memcached.start()).address);
  });
  after(() => started.disposeAsync());
  beforeEach(async () => {
    endpoint = await ConfigurationEndpoint.start(addresses.slice(0, 2));
  });
  afterEach(() => endpoint[Symbol.asyncDispose]());

  const open = (refreshMs = 10) =>
    openCache(
      { servers: endpoint.address, discovery: true },
      { refreshMs, operationMs: 2000, connectMs: 2000 },
    );

  /** Waits until the list of servers is as expected, with requests now and then, behind which it is read. */
  async function described(
    cache: Awaited<ReturnType<typeof open>>,
    isExpected: (description: string) => boolean,
  ): Promise<void> {
    await until(() => {
      cache.get(freshKey()).catch(() => undefined);
      return isExpected(cache.description);
    });
  }

  /** Of a hundred, those that the cache still has. */
  async function found(
    cache: Awaited<ReturnType<typeof open>>,
    keys: readonly CacheKey[],
  ): Promise<CacheKey[]> {
    const has = await Promise.all(keys.map(async (key) => (await cache.get(key)) !== undefined));
    return keys.filter((_, at) => has[at]);
  }

  it('follows nodes that come and go, and leaves the keys of the others where they are', async () => {
    const cache = await open();
    const keys = Array.from({ length: 100 }, freshKey);
    await Promise.all(keys.map((key) => cache.set(key, sampleEntry(), MINUTE_MS)));
    endpoint.nodes = addresses;
    await described(cache, (text) => text.includes(addresses[2] ?? '-'));
    // A third of the keys is the new node's, which has nothing.
    const stayed = await found(cache, keys);
    expect(stayed.length).to.be.within(45, 90);

    endpoint.nodes = addresses.slice(1);
    await described(cache, (text) => !text.includes(addresses[0] ?? '-'));
    const left = await found(cache, stayed);
    expect(left.length).to.be.within(10, stayed.length - 10);
    endpoint.nodes = addresses;
    await described(cache, (text) => text.includes(addresses[0] ?? '-'));
    expect(await found(cache, stayed), 'the first node has kept its own').to.deep.equal(stayed);
    await cache.close();
  });

  for (const [what, answer] of Object.entries({
    'is closed': (socket) => socket.end(),
    'is silent': () => undefined,
    'knows no clusters': (socket) => socket.write('ERROR\r\n'),
    'names nobody': (socket) => socket.write('CONFIG cluster 0 4\r\n7\n\n\r\nEND\r\n'),
    'talks without end': (socket) => socket.write(`CONFIG cluster 0 9\r\n${'x'.repeat(100_000)}`),
    'names ports that no server has': (socket) =>
      socket.write('CONFIG cluster 0 9\r\n7\na|127.0.0.1|99999\n\r\nEND\r\n'),
    'names something else': (socket) =>
      socket.write('CONFIG cluster 0 9\r\n7\na|b|c d||0 ||11211\n\r\nEND\r\n'),
  } satisfies Record<string, NonNullable<ConfigurationEndpoint['answer']>>)) {
    it(`goes on with the nodes that it knows when the endpoint ${what}`, async () => {
      const cache = await openCache({ servers: endpoint.address, discovery: true }, { refreshMs: 10 });
      const key = freshKey();
      await cache.set(key, sampleEntry(), MINUTE_MS);
      endpoint.answer = answer;
      const { asked } = endpoint;
      await until(() => {
        void cache.get(key);
        return endpoint.asked > asked + 1;
      });
      expect(await cache.get(key)).to.deep.equal(sampleEntry());
      await cache.close();
    });
  }

  it('begins when the endpoint answers, and until then fails at once', async () => {
    endpoint.answer = (socket) => socket.end();
    const cache = await open();
    expect((await unavailable(cache.get(freshKey()))).message).to.match(/configuration at 127.*closed/);
    await expectRejectedAtOnce(cache, freshKey());
    expect(cache.description).to.equal(`memcached at ${endpoint.address}`);
    endpoint.answer = undefined;
    expect(await recovered(cache, freshKey())).to.equal(undefined);
    await cache.close();
  });

  it('reaches nodes by their addresses, whatever they are called, and those that take their place', async () => {
    const [before, after] = await Promise.all([HostileMemcached.start(), HostileMemcached.start()]);
    const portOf = ({ address }: HostileMemcached) => address.split(':').at(-1) ?? '';
    endpoint.nodes = [`node1.invalid:${portOf(before)}`];
    const cache = await open();
    const key = freshKey();
    await cache.set(key, sampleEntry(), MINUTE_MS);
    expect(cache.description).to.equal(`memcached at node1.invalid:${portOf(before)}`);
    expect(before.store.size).to.equal(1);
    endpoint.nodes = [`node1.invalid:${portOf(after)}`];
    await described(cache, (text) => text.includes(portOf(after)));
    await cache.set(key, sampleEntry(), MINUTE_MS);
    expect(after.store.size).to.equal(1);
    await cache.close();
    await Promise.all([before[Symbol.asyncDispose](), after[Symbol.asyncDispose]()]);
  });

  it('is asked before a purge, so that a node that others know already hears of it', async () => {
    const [mine, others] = [
      await open(MINUTE_MS),
      await (async () => ((endpoint.nodes = addresses), open()))(),
    ];
    for (const key of Array.from({ length: 10 }, freshKey)) {
      await others.publish(key, { ...GENERATION, generation: 'old' }, MINUTE_MS, 'replace');
      await mine.publish(key, { ...GENERATION, generation: 'new' }, MINUTE_MS, 'replace');
      expect(await others.getPublished(key)).to.include({ generation: 'new' });
    }
    endpoint.answer = (socket) => socket.end();
    const late = mine.publish(freshKey(), { ...GENERATION, generation: 'new' }, MINUTE_MS, 'replace');
    expect((await unavailable(late)).message).to.match(/configuration at/);
    await mine.close();
    await others.close();
  });

  it('speaks TLS to the endpoint, too', async () => {
    const certificate = selfSignedCertificate('localhost');
    using _trust = trust(certificate);
    await using node = await HostileMemcached.start();
    await using secure = await ConfigurationEndpoint.start([node.address], certificate);
    const cache = await openCache({ servers: `localhost:${secure.port}`, discovery: true, tls: true });
    expect(cache.description).to.equal(`memcached at ${node.address}`);
    await cache.close();
    const plain = await openCache({ servers: `localhost:${secure.port}`, discovery: true });
    expect(plain.description).to.equal(`memcached at localhost:${secure.port}`);
    await plain.close();
  });
});
