import tls from 'node:tls';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import type { GotImageFetcher } from '../../../src/adapters/fetch-got/index.ts';
import { parseSourceUrl } from '../../../src/domain/request/source-url.ts';
import { type Origin, startOrigin } from '../../../scripts/kit/origin.ts';
import { downloadWith } from '../../support/download.ts';
import { selfSignedCertificate } from '../../../scripts/kit/self-signed-certificate.ts';
import { fetcherFor, namesOf } from './fetching.ts';

const HOST = { host: '127.0.0.2' };
const LARGE = Buffer.alloc(32 * 1024 * 1024, 'x');

describe('GotImageFetcher keeps connections', () => {
  let fetcher: GotImageFetcher;

  beforeEach(() => {
    fetcher = fetcherFor();
  });
  afterEach(async () => fetcher.close());

  const bytesOf = async (url: string, by = fetcher) => {
    const { bytes } = await downloadWith(by, url);
    // What is over gives its connection back a moment later.
    await nextTurn();
    return Buffer.from(bytes ?? []).toString();
  };
  const open = async (url: string, by = fetcher) =>
    by.fetch(parseSourceUrl(url), { signal: new AbortController().signal });

  async function openConnectionsAre(origin: Origin, count: number): Promise<void> {
    while (origin.openConnections !== count) await sleep(5);
  }

  it('for the sources of one host, in any number', async () => {
    await using origin = await startOrigin(HOST);
    const warnings: Error[] = [];
    const onWarning = (warning: Error) => warnings.push(warning);
    process.on('warning', onWarning);
    for (let at = 0; at < 30; at += 1) {
      origin.serve(`/${at}`, { body: `image ${at}`, chunked: at % 2 === 0 });
      expect(await bytesOf(origin.url(`/${at}`))).to.equal(`image ${at}`);
    }
    process.off('warning', onWarning);
    expect(origin.connections).to.equal(1);
    expect(warnings, 'listeners do not add up').to.deep.equal([]);
  });

  it('over TLS, too', async () => {
    const certificate = selfSignedCertificate('secure.test');
    const authorities = tls.getCACertificates('default');
    tls.setDefaultCACertificates([certificate.cert]);
    await using origin = await startOrigin({ ...HOST, hostname: 'secure.test', certificate });
    const secure = fetcherFor({ names: namesOf(['127.0.0.2']) });
    try {
      for (const path of ['/a', '/b', '/c']) {
        origin.serve(path, { body: path });
        expect(await bytesOf(origin.url(path), secure)).to.equal(path);
      }
      expect(origin.connections).to.equal(1);
    } finally {
      await secure.close();
      tls.setDefaultCACertificates(authorities);
    }
  });

  it('after redirects, and answers of which nothing was read, if they have come whole', async () => {
    await using origin = await startOrigin(HOST);
    origin.serve('/a', { redirect: '/b' }).serve('/b', { redirect: '/c', body: 'moved' });
    origin.serve('/c', { status: 304 }).serve('/d', { status: 404, body: 'not here' });
    for (const path of ['/a', '/d', '/c', '/a']) {
      const answer = await open(origin.url(path));
      answer[Symbol.dispose]();
      answer[Symbol.dispose]();
      await nextTurn();
      await nextTurn();
    }
    expect(origin.requests).to.have.length(8);
    expect(origin.connections).to.equal(1);
  });

  it('of downloads at the same time, each for itself', async () => {
    await using origin = await startOrigin(HOST);
    origin.serve('/a', { body: 'image', delayMs: 20 });
    const three = () => Promise.all([1, 2, 3].map(() => bytesOf(origin.url('/a'))));
    await three();
    await three();
    expect(origin.connections).to.equal(3);
  });

  it('but not of a download that ends early', async () => {
    await using origin = await startOrigin(HOST);
    origin.serve('/a', { body: LARGE }).serve('/b', { body: 'image' });
    for (const begins of [false, true]) {
      const answer = await open(origin.url('/a'));
      if (begins) await answer.body[Symbol.asyncIterator]().next();
      answer[Symbol.dispose]();
      await origin.idle();
    }
    expect(await bytesOf(origin.url('/b'))).to.equal('image');
    expect(origin.connections).to.equal(3);
  });

  it('but not of a download that is aborted, though it has come whole', async () => {
    await using origin = await startOrigin(HOST);
    origin.serve('/a', { body: 'image' });
    const abort = new AbortController();
    const source = parseSourceUrl(origin.url('/a'));
    const answer = await fetcher.fetch(source, { signal: abort.signal });
    abort.abort();
    answer[Symbol.dispose]();
    await openConnectionsAre(origin, 0);
  });

  it('eight of one origin, and 64 of all', async () => {
    const origins = await Promise.all(Array.from({ length: 9 }, () => startOrigin(HOST)));
    await using held = new AsyncDisposableStack();
    for (const origin of origins) held.use(origin.serve('/a', { body: 'image', delayMs: 30 }));
    const opened = () => origins.map(({ openConnections }) => openConnections);
    for (const origin of origins) {
      await Promise.all(Array.from({ length: 12 }, () => bytesOf(origin.url('/a'))));
      await openConnectionsAre(origin, 8);
    }
    const [oldest, ...others] = opened();
    expect(oldest).to.equal(0);
    expect(others).to.deep.equal(Array.from({ length: 8 }, () => 8));
  });

  it('for some seconds, and until it is closed', async () => {
    await using left = await startOrigin(HOST);
    await using closed = await startOrigin(HOST);
    const other = fetcherFor();
    await bytesOf(left.serve('/a', { body: 'image' }).url('/a'));
    await bytesOf(closed.serve('/a', { body: 'image' }).url('/a'), other);
    expect([left.openConnections, closed.openConnections]).to.deep.equal([1, 1]);
    await other.close();
    await closed.idle();
    expect(left.openConnections).to.equal(1);
    await left.idle();
  });

  it('for nobody else: neither another origin nor another fetcher', async () => {
    await using origin = await startOrigin(HOST);
    await using other = await startOrigin(HOST);
    origin.serve('/a', { body: 'image' });
    other.serve('/a', { body: 'other' });
    const stranger = fetcherFor();
    expect(await bytesOf(origin.url('/a'))).to.equal('image');
    expect(await bytesOf(other.url('/a'))).to.equal('other');
    expect(await bytesOf(origin.url('/a'), stranger)).to.equal('image');
    expect([origin.connections, other.connections]).to.deep.equal([2, 1]);
    await stranger.close();
  });
});
