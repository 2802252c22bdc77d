import { expect } from 'chai';
import { parseNetworks } from '../../../src/adapters/fetch-got/index.ts';
import type { Caller } from '../../../src/domain/work/requester.ts';
import { NameResolver } from '../../../src/adapters/resolve-names/index.ts';
import {
  OverloadedError,
  SourceForbiddenError,
  SourceUnreachableError,
} from '../../../src/domain/errors/index.ts';
import { parseSourceUrl } from '../../../src/domain/request/source-url.ts';
import { startOrigin } from '../../../scripts/kit/origin.ts';
import { startDnsServer } from '../../support/dns-server.ts';
import { rejection } from '../../support/rejection.ts';
import { never } from '../../support/service.ts';
import { fetchFrom, fetcherFor, namesOf } from './fetching.ts';

const PUBLIC = { host: '127.0.0.2', hostname: 'public.test' };
const signal = never;

describe('GotImageFetcher.prepare', () => {
  it('looks the name up, so that its fetch need not', async () => {
    await using origin = await startOrigin(PUBLIC);
    origin.serve('/a', { body: 'image' });
    const fetcher = fetcherFor({ names: namesOf(['127.0.0.2'], ['127.0.0.1']) });
    const fetch = await fetcher.prepare(parseSourceUrl(origin.url('/a')), { signal });
    expect(origin.connections).to.equal(0);
    using answer = await fetch({ signal });
    expect(answer.status).to.equal(200);
  });

  it('rejects as a fetch does', async () => {
    const prepare = (url: string, fetcher = fetcherFor()) =>
      rejection(fetcher.prepare(parseSourceUrl(url), { signal }));
    expect(await prepare('http://127.0.0.1/')).to.be.instanceOf(SourceForbiddenError);
    expect(await prepare('http://[::1]/')).to.be.instanceOf(SourceForbiddenError);
    const privately = fetcherFor({ names: namesOf(['10.0.0.1']) });
    expect(await prepare('http://private.test/', privately)).to.be.instanceOf(SourceForbiddenError);
    const missing = await prepare('http://nowhere.invalid/');
    expect(missing).to.be.instanceOf(SourceUnreachableError);
    expect(missing)
      .to.have.property('message')
      .that.matches(/^That host name doesn't exist/);
    expect(await prepare('http://any.test/'), 'no name server').to.be.instanceOf(OverloadedError);
  });

  it('says of a name whose own servers do not answer that it could not be looked up', async () => {
    await using dns = await startDnsServer({ 'failing.test': { rcode: 'SERVFAIL' } });
    const names = new NameResolver({ servers: [dns.address], timeoutMs: 1000, queueTimeoutMs: 5000 });
    const error = await rejection(fetchFrom('http://failing.test/', { names }));
    expect(error).to.be.instanceOf(SourceUnreachableError);
    expect(error)
      .to.have.property('message')
      .that.matches(/couldn't be looked up/);
  });

  it('ends with the fetcher, and is refused from then on', async () => {
    const names = {
      resolve: (_hostname: string, { signal: ending }: Caller) =>
        new Promise<never>((_resolve, reject) => {
          ending.addEventListener('abort', () => reject(ending.reason as Error));
        }),
      isInside: () => false,
    };
    const fetcher = fetcherFor({ names });
    const preparing = rejection(fetcher.prepare(parseSourceUrl('http://a.test/'), { signal }));
    await fetcher.close();
    expect(await preparing).to.be.instanceOf(OverloadedError);
    const later = await rejection(fetcher.prepare(parseSourceUrl('http://a.test/'), { signal }));
    expect(later).to.be.instanceOf(OverloadedError);
  });
});

describe('GotImageFetcher and the addresses of a name', () => {
  it('takes the next one where one accepts no connection', async () => {
    await using origin = await startOrigin(PUBLIC);
    origin.serve('/a', { body: 'image' });
    for (const addresses of [
      ['127.0.0.3', '127.0.0.2'],
      ['127.0.0.3', '127.0.0.4', '127.0.0.2', '::1'],
    ]) {
      const found = await fetchFrom(origin.url('/a'), {
        names: namesOf(addresses),
        addresses: { allowedPrivateNetworks: parseNetworks(['127.0.0.0/8', '::1/128']) },
      });
      expect(found.toString()).to.equal('image');
    }
  });

  it('looks the target of a redirect up, and by the same name servers', async () => {
    await using origin = await startOrigin(PUBLIC);
    await using dns = await startDnsServer({
      'public.test': { a: ['127.0.0.2'] },
      'target.test': { a: ['127.0.0.2'] },
      'private.test': { a: ['127.0.0.1'] },
    });
    origin.serve('/a', { redirect: `http://target.test:${origin.port}/b` }).serve('/b', { body: 'image' });
    origin.serve('/p', { redirect: `http://private.test:${origin.port}/b` });
    const names = new NameResolver({ servers: [dns.address], timeoutMs: 1000, queueTimeoutMs: 5000 });
    expect((await fetchFrom(origin.url('/a'), { names })).toString()).to.equal('image');
    expect(dns.asked('target.test')).to.equal(1);
    expect(await rejection(fetchFrom(origin.url('/p'), { names }))).to.be.instanceOf(SourceForbiddenError);
  });
});
