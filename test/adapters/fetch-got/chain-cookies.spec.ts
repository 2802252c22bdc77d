import type { IncomingMessage } from 'node:http';
import { expect } from 'chai';
import { ChainCookies } from '../../../src/adapters/fetch-got/chain-cookies.ts';
import { startOrigin } from '../../../scripts/kit/origin.ts';
import { fetchFrom, fetcherFor, namesOf } from './fetching.ts';
import { downloadWith } from '../../support/download.ts';

const HREF = 'http://images.test/a/b.jpg';

describe('ChainCookies', () => {
  const headerAfter = (setCookies: string[], href = HREF, from = HREF) => {
    const cookies = new ChainCookies();
    cookies.receive(from, setCookies);
    return cookies.headerFor(href);
  };

  it('brings back what was set', () => {
    expect(headerAfter(['k=1; Path=/; HttpOnly', 'empty=', 'q="a b"; SameSite=Lax'])).to.equal(
      'empty=; q="a b"; k=1',
    );
  });

  it('brings it to no other host, whatever domain it names', () => {
    for (const other of [
      'http://cdn.images.test/a/b.jpg',
      'http://images.test.evil.test/a/',
      'http://test/a/b',
    ])
      expect(headerAfter(['k=1; Domain=.images.test', 'j=1; Domain=test'], other), other).to.equal(undefined);
  });

  it('brings it to the path that it is for, and without one to those beside the address that set it', () => {
    expect(headerAfter(['k=1; Path=/a'], 'http://images.test/ab')).to.equal(undefined);
    expect(headerAfter(['k=1; Path=/a'], 'http://images.test/a')).to.equal('k=1');
    expect(headerAfter(['k=1'], 'http://images.test/a/c')).to.equal('k=1');
    expect(headerAfter(['k=1'], 'http://images.test/c')).to.equal(undefined);
    expect(headerAfter(['k=1; Path=c'], 'http://images.test/a/c')).to.equal('k=1');
  });

  it('brings what is for TLS over nothing else', () => {
    expect(headerAfter(['k=1; Secure'])).to.equal(undefined);
    expect(headerAfter(['k=1; Secure'], HREF.replace('http:', 'https:'))).to.equal('k=1');
  });

  it('lets a later one take the place of an earlier one, or delete it', () => {
    expect(headerAfter(['k=1', 'k=2'])).to.equal('k=2');
    expect(headerAfter(['k=1', 'k=; Max-Age=0'])).to.equal(undefined);
    expect(headerAfter(['k=1', 'k=x; Expires=Thu, 01 Jan 1970 00:00:00 GMT'])).to.equal(undefined);
    expect(headerAfter(['k=1; Max-Age=60; Expires=Thu, 01 Jan 1970 00:00:00 GMT'])).to.equal('k=1');
  });

  it('takes nothing that no header could bring back, and no more than servers take', () => {
    expect(headerAfter(['k=a\r\nX: b', 'k=\x00', '=b', 'nothing', `k=${'a'.repeat(5000)}`])).to.equal(
      undefined,
    );
    const many = headerAfter(Array.from({ length: 200 }, (_, n) => `k${n}=${'a'.repeat(500)}`));
    expect(many).to.have.length.within(7000, 8192);
  });
});

describe('GotImageFetcher on servers that set cookies', () => {
  const PUBLIC = { host: '127.0.0.2' };

  it('fetches an image that is handed out after a redirect to itself', async () => {
    await using origin = await startOrigin(PUBLIC);
    origin.serve('/a', ({ headers }, response) => {
      if (headers.cookie === 'k=1; j=2') response.end('image');
      else response.writeHead(302, { location: '/a', 'set-cookie': ['k=1', 'j=2; Path=/'] }).end();
    });
    expect((await fetchFrom(origin.url('/a'))).toString()).to.equal('image');
  });

  it('keeps none for the next fetch, and shows none to another host on the way', async () => {
    await using origin = await startOrigin(PUBLIC);
    const asked: string[] = [];
    const seen = ({ headers: { host = '', cookie = '-' } }: IncomingMessage) =>
      asked.push(`${host.replace(/:.*/, '')} ${cookie}`);
    const [a, b] = ['a.test', 'b.test'].map((host) => `http://${host}:${origin.port}`);
    origin.serve('/1', (request, response) => {
      seen(request);
      response.writeHead(302, { location: `${b}/2`, 'set-cookie': 'k=1; Path=/' }).end();
    });
    origin.serve('/2', (request, response) => {
      seen(request);
      response.writeHead(302, { location: `${a}/3` }).end();
    });
    origin.serve('/3', (request, response) => {
      seen(request);
      response.end('image');
    });
    const fetcher = fetcherFor({ names: namesOf(['127.0.0.2']) });
    await downloadWith(fetcher, `${a}/1`);
    await downloadWith(fetcher, `${a}/1`);
    const chain = ['a.test -', 'b.test -', 'a.test k=1'];
    expect(asked).to.deep.equal([...chain, ...chain]);
  });
});
