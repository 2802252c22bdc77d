import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import { parseNetworks } from '../../../src/adapters/fetch-got/index.ts';
import { SourceForbiddenError, SourceUnreachableError } from '../../../src/domain/errors/index.ts';
import { startOrigin } from '../../../scripts/kit/origin.ts';
import { downloadWith } from '../../support/download.ts';
import { startPatientOrigin } from '../../support/patient-origin.ts';
import { rejection } from '../../support/rejection.ts';
import { fetcherFor, namesOf } from './fetching.ts';

/** 127.0.0.3 is public here, too. */
const PUBLIC_NETWORKS = parseNetworks(['127.0.0.2/31']);
const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;
const answerWith = (body: string) => `${OK}Content-Length: ${body.length}\r\n\r\n${body}`;

describe('a connection that GotImageFetcher keeps', () => {
  const bytesOf = async (url: string, by: ReturnType<typeof fetcherFor>) => {
    const { bytes } = await downloadWith(by, url);
    await nextTurn();
    return Buffer.from(bytes ?? []).toString();
  };

  for (const [what, answer] of Object.entries({
    'in the strict form': answerWith('image'),
    'in the strict form of HTTP/1.0': answerWith('image')
      .replace('1.1', '1.0')
      .replace('\r\n', '\r\nConnection: Keep-Alive\r\n'),
    'in chunks': `${CHUNKED}2\r\nim\r\n3\r\nage\r\n0\r\n\r\n`,
    'behind an early hint': `HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n${answerWith('image')}`,
  })) {
    it(`is used again after an answer ${what}`, async () => {
      await using origin = await startPatientOrigin(() => answer);
      const fetcher = fetcherFor();
      for (let at = 0; at < 3; at += 1) expect(await bytesOf(origin.url(), fetcher)).to.equal('image');
      expect(origin.connections).to.equal(1);
      await fetcher.close();
    });
  }

  for (const [what, answer] of Object.entries({
    'with a bare line feed': answerWith('image').replace('OK\r\n', 'OK\n'),
    'with bytes before its status line': `xx${answerWith('image')}`,
    'with a field that makes no sense': answerWith('image').replace('OK', 'OK\r\nno field'),
    'with a folded field': answerWith('image').replace('OK', 'OK\r\nX: a\r\n b'),
    'with a space before a colon': answerWith('image').replace('Content-Length:', 'Content-Length :'),
    'with its length twice': answerWith('image').replace('OK', 'OK\r\nContent-Length: 5'),
    'with a length and chunks': `${CHUNKED.replace('OK', 'OK\r\nContent-Length: 5')}5\r\nimage\r\n0\r\n\r\n`,
    'of HTTP/1.0': answerWith('image').replace('1.1', '1.0'),
    'that closes it': answerWith('image').replace('OK', 'OK\r\nConnection: close'),
    'with a chunk that ends with a bare line feed': `${CHUNKED}5\nimage\r\n0\r\n\r\n`,
    'with data that ends with a bare line feed': `${CHUNKED}5\r\nimage\n0\r\n\r\n`,
    'with a chunk extension': `${CHUNKED}5;a=b\r\nimage\r\n0\r\n\r\n`,
    'with a space behind the size of a chunk': `${CHUNKED}5 \r\nimage\r\n0\r\n\r\n`,
    'with trailers': `${CHUNKED}5\r\nimage\r\n0\r\nA: b\r\n\r\n`,
    'without the blank line of chunks': `${CHUNKED}5\r\nimage\r\n0\r\n`,
    'with another answer behind it': `${answerWith('image')}${answerWith('other')}`,
    'with another answer behind its chunks': `${CHUNKED}5\r\nimage\r\n0\r\n\r\n${answerWith('other')}`,
    'with a blank line behind it': `${answerWith('image')}\r\n`,
    'with a preliminary one that has a length': `HTTP/1.1 103 Hints\r\nContent-Length: 5\r\n\r\n${answerWith('image')}`,
  })) {
    it(`is not used again after an answer ${what}`, async () => {
      await using origin = await startPatientOrigin((request) =>
        request === 0 ? answer : answerWith('next'),
      );
      const fetcher = fetcherFor();
      expect(await bytesOf(origin.url(), fetcher)).to.equal('image');
      expect(await bytesOf(origin.url(), fetcher)).to.equal('next');
      expect(origin.connections).to.equal(2);
      await fetcher.close();
    });
  }

  for (const status of ['204 No Content', '304 Not Modified']) {
    it(`is not used again after a ${status} with a body`, async () => {
      const first = answerWith('HTTP/1.1 200 OK\r\n\r\n').replace('200 OK', status);
      await using origin = await startPatientOrigin((request) =>
        request === 0 ? first : answerWith('next'),
      );
      const fetcher = fetcherFor();
      await downloadWith(fetcher, origin.url(), { validators: { etag: '"a"', href: origin.url() } }).catch(
        () => undefined,
      );
      await nextTurn();
      expect(await bytesOf(origin.url(), fetcher)).to.equal('next');
      expect(origin.connections).to.equal(2);
      await fetcher.close();
    });
  }

  describe('on which the server says something unasked', () => {
    it('41: is closed at once', async () => {
      await using origin = await startPatientOrigin(() => answerWith('image'));
      const fetcher = fetcherFor();
      await bytesOf(origin.url(), fetcher);
      origin.sockets[0]?.write(answerWith('other'));
      await origin.idle();
      expect(await bytesOf(origin.url(), fetcher)).to.equal('image');
      await fetcher.close();
    });

    it('41: is not used, however shortly before the request it came', async () => {
      await using origin = await startPatientOrigin(() => answerWith('image'));
      const fetcher = fetcherFor();
      await bytesOf(origin.url(), fetcher);
      for (let at = 0; at < 20; at += 1) {
        origin.sockets.at(-1)?.write(answerWith('other'));
        expect(await bytesOf(origin.url(), fetcher)).to.equal('image');
      }
      expect(origin.connections).to.equal(21);
      await fetcher.close();
    });
  });

  it('that has been closed meanwhile is replaced', async () => {
    await using origin = await startPatientOrigin(() => answerWith('image'));
    const fetcher = fetcherFor();
    await bytesOf(origin.url(), fetcher);
    origin.sockets[0]?.end();
    expect(await bytesOf(origin.url(), fetcher)).to.equal('image');
    expect([origin.connections, origin.requests.length]).to.deep.equal([2, 2]);
    await fetcher.close();
  });

  for (const [what, fail] of Object.entries({
    'is closed': (socket: { end(): void }) => socket.end(),
    'is reset': (socket: { resetAndDestroy(): void }) => socket.resetAndDestroy(),
    'says that it has waited too long': (socket: { end(text: string): void }) =>
      socket.end('HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n'),
  })) {
    it(`that ${what} at the request is replaced once`, async () => {
      await using origin = await startPatientOrigin((request) =>
        request === 1 ? fail : answerWith('image'),
      );
      const fetcher = fetcherFor();
      for (let at = 0; at < 3; at += 1) expect(await bytesOf(origin.url(), fetcher)).to.equal('image');
      expect(origin.requests).to.have.length(4);
      await fetcher.close();
    });
  }

  for (const [what, text, requests] of [
    ['is replaced no second time', '', 3],
    ['is not replaced once an answer has begun', 'H', 2],
  ] as const) {
    it(what, async () => {
      await using origin = await startPatientOrigin((request) =>
        request === 0 ? answerWith('image') : (socket) => socket.end(text),
      );
      const fetcher = fetcherFor();
      await bytesOf(origin.url(), fetcher);
      expect(await rejection(bytesOf(origin.url(), fetcher))).to.be.instanceOf(SourceUnreachableError);
      expect(origin.requests).to.have.length(requests);
      await fetcher.close();
    });
  }

  describe('to an address of a name', () => {
    const at = (port: number) => `http://public.test:${port}/a`;

    it('is used while the name has the same addresses, in any order', async () => {
      await using origin = await startOrigin({ host: '127.0.0.2' });
      origin.serve('/a', { body: 'image' });
      const addresses = { allowedPrivateNetworks: PUBLIC_NETWORKS };
      const names = namesOf(['127.0.0.2', '127.0.0.3'], ['127.0.0.3', '127.0.0.2']);
      const fetcher = fetcherFor({ names, addresses });
      for (let times = 0; times < 2; times += 1) await bytesOf(at(origin.port), fetcher);
      expect(origin.connections).to.equal(1);
      await fetcher.close();
    });

    it('is not used when the name has moved', async () => {
      await using before = await startOrigin({ host: '127.0.0.2' });
      before.serve('/a', { body: 'before' });
      const addresses = { allowedPrivateNetworks: PUBLIC_NETWORKS };
      const fetcher = fetcherFor({ names: namesOf(['127.0.0.2'], ['127.0.0.3']), addresses });
      expect(await bytesOf(at(before.port), fetcher)).to.equal('before');
      // Nobody listens there.
      expect(await rejection(bytesOf(at(before.port), fetcher))).to.be.instanceOf(SourceUnreachableError);
      expect(before.requests).to.have.length(1);
      await fetcher.close();
    });

    it('is not used when the name has an address that is forbidden', async () => {
      await using origin = await startOrigin({ host: '127.0.0.2' });
      origin.serve('/a', { body: 'image' });
      const fetcher = fetcherFor({ names: namesOf(['127.0.0.2'], ['127.0.0.2', '127.0.0.1']) });
      expect(await bytesOf(at(origin.port), fetcher)).to.equal('image');
      expect(await rejection(bytesOf(at(origin.port), fetcher))).to.be.instanceOf(SourceForbiddenError);
      expect(origin.requests).to.have.length(1);
      await fetcher.close();
    });
  });

  it('carries no cookie and no credential from one fetch to the next', async () => {
    await using origin = await startOrigin({ host: '127.0.0.2' });
    origin.serve('/a', ({ headers }, response) => {
      if (headers.cookie === undefined)
        response.writeHead(302, { location: '/a', 'set-cookie': 'k=1' }).end();
      else response.end('image');
    });
    origin.serve('/b', { body: 'image' });
    const headersOf = (href: string) =>
      Promise.resolve(href.endsWith('/a') ? { authorization: 'Bearer secret' } : {});
    const fetcher = fetcherFor({ headersOf });
    for (const path of ['/a', '/b']) expect(await bytesOf(origin.url(path), fetcher)).to.equal('image');
    expect(origin.connections).to.equal(1);
    const sent = origin.requests.map(({ path, headers: { cookie, authorization } }) => [
      path,
      cookie,
      authorization,
    ]);
    expect(sent).to.deep.equal([
      ['/a', undefined, 'Bearer secret'],
      ['/a', 'k=1', 'Bearer secret'],
      ['/b', undefined, undefined],
    ]);
    await fetcher.close();
  });
});
