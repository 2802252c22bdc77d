import { expect } from 'chai';
import { translateError } from '../../../src/adapters/fetch-got/translate-error.ts';
import {
  SourceRefusedError,
  SourceUnreachableError,
  ThumbnailerError,
} from '../../../src/domain/errors/index.ts';
import { type Script, startRawOrigin } from '../../support/raw-origin.ts';
import { rejection } from '../../support/rejection.ts';
import { fetchFrom } from './fetching.ts';

const OK = 'HTTP/1.1 200 OK\r\n';
const CHUNKED = `${OK}Transfer-Encoding: chunked\r\n\r\n`;

const NOT_HTTP = /^The server sent something that isn't valid HTTP\./;
const BROKEN_OFF = /^The server closed the connection/;
const TOO_MANY_FIELDS = /^The server sent too many header fields/;

const UNREACHABLE: Readonly<Record<string, readonly [answer: string | Script, sentence: RegExp]>> = {
  'no answer at all': ['', BROKEN_OFF],
  'a body shorter than announced': [`${OK}Content-Length: 9\r\n\r\nshort`, BROKEN_OFF],
  'two lengths': [`${OK}Content-Length: 3\r\nContent-Length: 4\r\n\r\nabcd`, NOT_HTTP],
  'two lengths in a list': [`${OK}Content-Length: 3, 4\r\n\r\nabcd`, NOT_HTTP],
  'a bad first chunk': [`${CHUNKED}zz\r\nabc\r\n0\r\n\r\n`, NOT_HTTP],
  'a bad later chunk': [`${CHUNKED}3\r\nabc\r\nzz\r\n`, NOT_HTTP],
  'a chunk cut short': [`${CHUNKED}9\r\nabc`, BROKEN_OFF],
  'a missing last chunk': [`${CHUNKED}3\r\nabc\r\n`, BROKEN_OFF],
  'a chunk longer than it says': [`${CHUNKED}3\r\nabcdef\r\n0\r\n\r\n`, NOT_HTTP],
  'a chunk of a negative size': [`${CHUNKED}-3\r\nabc\r\n0\r\n\r\n`, NOT_HTTP],
  'a chunk beyond all numbers': [`${CHUNKED}${'f'.repeat(20)}\r\nabc`, NOT_HTTP],
  '300 KB of header': [`${OK}X: ${'a'.repeat(300 * 1024)}\r\n\r\nabc`, TOO_MANY_FIELDS],
  '60,000 fields': [`${OK}${'a:\r\n'.repeat(60_000)}\r\nabc`, TOO_MANY_FIELDS],
  'an endless head': [
    async ({ send }) => {
      await send(OK);
      while (await send(`X: ${'a'.repeat(1000)}\r\n`));
    },
    TOO_MANY_FIELDS,
  ],
  'a head cut short': [`${OK}Content-Length: 3\r\n`, BROKEN_OFF],
  'a status that is no number of three digits': ['HTTP/1.1 2000 OK\r\n\r\nabc', NOT_HTTP],
  'HTTP/0.9': ['<html>image</html>', NOT_HTTP],
  'another protocol': ['SSH-2.0-OpenSSH_9.9\r\n', NOT_HTTP],
  'an endless chunk extension': [
    async ({ send }) => {
      await send(`${CHUNKED}3;`);
      while (await send('a'.repeat(1000)));
    },
    NOT_HTTP,
  ],
  'a reset in the body': [
    async ({ send, socket }) => {
      await send(`${OK}Content-Length: 9\r\n\r\nshort`);
      socket.resetAndDestroy();
    },
    BROKEN_OFF,
  ],
};

describe('GotImageFetcher on malformed answers', () => {
  for (const [what, [answer, sentence]] of Object.entries(UNREACHABLE)) {
    it(`throws SourceUnreachableError for ${what}`, async () => {
      await using origin = await startRawOrigin(answer, { host: '127.0.0.2' });
      const error = await rejection(fetchFrom(origin.url()));
      expect(error)
        .to.be.instanceOf(SourceUnreachableError)
        .and.to.have.property('message')
        .that.matches(sentence);
      await origin.idle();
    });
  }

  it('reads no trailers, however many come', async () => {
    await using origin = await startRawOrigin(
      async ({ send }) => {
        await send(`${CHUNKED}5\r\nimage\r\n0\r\n`);
        while (await send(`X: ${'a'.repeat(1000)}\r\n`));
      },
      { host: '127.0.0.2' },
    );
    expect((await fetchFrom(origin.url())).toString()).to.equal('image');
    await origin.idle();
  });

  it('lets no control character of a redirect into the next request', async () => {
    const asked: string[] = [];
    await using origin = await startRawOrigin(
      async ({ request, send }) => {
        asked.push(request.split('\r\n')[0] ?? '');
        if (asked.length === 1) await send('HTTP/1.1 302 Found\nLocation: /a\x01\x0bb\r c\n\n');
        else await send(`${OK}Content-Length: 5\r\n\r\nimage`);
      },
      { host: '127.0.0.2' },
    );
    await fetchFrom(origin.url());
    expect(asked).to.deep.equal(['GET / HTTP/1.1', 'GET /a%01%0Bb%0D%20c HTTP/1.1']);
  });

  it('closes the connection of a server that switches protocols', async () => {
    await using origin = await startRawOrigin(
      async ({ send }) => {
        await send('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n');
        const block = Buffer.alloc(64 * 1024);
        while (await send(block));
      },
      { host: '127.0.0.2' },
    );
    const error = await rejection(fetchFrom(origin.url()));
    expect(error).to.be.instanceOf(SourceRefusedError).and.to.have.property('sourceStatus', 101);
    await origin.idle();
  });

  it('has a status beyond those that exist refused', async () => {
    await using origin = await startRawOrigin('HTTP/1.1 999 Denied\r\n\r\n', { host: '127.0.0.2' });
    expect(await rejection(fetchFrom(origin.url()))).to.be.instanceOf(SourceRefusedError);
  });

  it('says of no fault which address it was at', async () => {
    await using origin = await startRawOrigin('', { host: '127.0.0.2' });
    const { port } = origin;
    await origin[Symbol.asyncDispose]();
    const error = await rejection(fetchFrom(`http://127.0.0.2:${port}/`));
    expect(error).to.be.instanceOf(SourceUnreachableError);
    const { message, cause } = error as ThumbnailerError;
    expect(message).to.equal('The server refused the connection. Check the URL, or try again later.');
    expect(cause).to.have.property('code', 'ECONNREFUSED');
  });

  it('is not blamed for what this process lacks', () => {
    for (const code of ['EMFILE', 'ENFILE', 'ENOMEM', 'ENOBUFS', 'EADDRNOTAVAIL', 'EAI_MEMORY']) {
      const cause = Object.assign(new Error(`connect ${code}`), { code });
      expect(translateError(cause), code).to.have.property('code', 'overloaded');
    }
  });

  it('introduces itself', async () => {
    const { promise, resolve } = Promise.withResolvers<string>();
    await using origin = await startRawOrigin(
      async ({ request, send }) => {
        resolve(request.toLowerCase());
        await send(`${OK}Content-Length: 0\r\n\r\n`);
      },
      { host: '127.0.0.2' },
    );
    await fetchFrom(origin.url('/a?b=c#d'));
    const request = await promise;
    expect(request).to.match(/^get \/a\?b=c http\/1\.1\r\n/);
    expect(request)
      .to.include('\r\nuser-agent: thumbnailer/test\r\n')
      .and.to.include('\r\nvia: 1.1 thumbnailer\r\n');
    expect(request)
      .to.include('\r\naccept-encoding: identity\r\n')
      .and.to.include('\r\nconnection: keep-alive\r\n');
    expect(request).to.match(/\r\naccept: image\/jpeg,/);
  });
});
