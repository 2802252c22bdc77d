import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { expect } from 'chai';
import {
  connectTo,
  expectNothingInternal,
  expectUnharmed,
  memoryNow,
  receivedBy,
  sendRaw,
} from '../support/attack.ts';
import { RunningService } from '../../scripts/kit/running-service.ts';

const HOST = 'Host: localhost\r\nConnection: close\r\n';
const FORM = 'Content-Type: application/x-www-form-urlencoded\r\n';
const SMUGGLED = 'GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n';

/** Request and the statuses that it may be answered with; none where the connection is closed without a word. */
const REQUESTS: Readonly<Record<string, readonly [request: string | Buffer, ...statuses: number[]]>> = {
  'no HTTP': ['NONSENSE\r\n\r\n', 400],
  TLS: [Buffer.from('16030100c8010000c40303', 'hex'), 400],
  'HTTP/2': ['PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', 400],
  'no host': ['GET / HTTP/1.1\r\n\r\n', 400],
  'HTTP/1.0 without a host': ['GET / HTTP/1.0\r\n\r\n', 421],
  CONNECT: [`CONNECT 127.0.0.1:80 HTTP/1.1\r\n${HOST}\r\n`],
  'OPTIONS *': [`OPTIONS * HTTP/1.1\r\n${HOST}\r\n`, 404],
  TRACE: [`TRACE / HTTP/1.1\r\n${HOST}X-Secret: mirrored\r\n\r\n`, 405],
  'a method that nobody knows': [`PWN / HTTP/1.1\r\n${HOST}\r\n`, 400],
  'a switch to WebSocket': [
    `GET / HTTP/1.1\r\n${HOST.replace('close', 'close, upgrade')}Upgrade: websocket\r\n\r\n`,
    200,
  ],
  'two slashes': [`GET //evil.example/thumbnail HTTP/1.1\r\n${HOST}\r\n`, 404],
  'three slashes': [`GET /// HTTP/1.1\r\n${HOST}\r\n`, 404],
  'an escaped NUL': [`GET /%00 HTTP/1.1\r\n${HOST}\r\n`, 404],
  'a lone per cent sign': [`GET /%?%=% HTTP/1.1\r\n${HOST}\r\n`, 404],
  'escapes that are no UTF-8': [`GET /%ff%fe?url=%ff HTTP/1.1\r\n${HOST}\r\n`, 404],
  'a way out of the folder': [`GET /style.css/../../package.json HTTP/1.1\r\n${HOST}\r\n`, 404],
  'an escaped way out': [`GET /..%2f..%2fpackage.json HTTP/1.1\r\n${HOST}\r\n`, 404],
  'a name of every object': [`GET /__proto__ HTTP/1.1\r\n${HOST}\r\n`, 404],
  'a NUL in a header': [`GET / HTTP/1.1\r\n${HOST}X: a\0b\r\n\r\n`, 400],
  'a bare line feed in a header': [`GET / HTTP/1.1\r\n${HOST}X: a\rb\r\n\r\n`, 400],
  'a query of 15 KB': [`GET /thumbnail?${'a'.repeat(15_000)} HTTP/1.1\r\n${HOST}\r\n`, 400],
  'a query of 20 KB': [`GET /thumbnail?${'a'.repeat(20_000)} HTTP/1.1\r\n${HOST}\r\n`, 431],
  'a header of 20 KB': [`GET / HTTP/1.1\r\n${HOST}X: ${'a'.repeat(20_000)}\r\n\r\n`, 431],
  'four thousand headers': [`GET / HTTP/1.1\r\n${HOST}${'X: a\r\n'.repeat(4000)}\r\n`, 431],
  'an Accept of 12 KB': [`GET / HTTP/1.1\r\n${HOST}Accept: ${'image/webp;q=0.5,'.repeat(700)}\r\n\r\n`, 200],
  'an Accept of nonsense': [`GET /thumbnail HTTP/1.1\r\n${HOST}Accept: ;;,=,q=;/;q=NaN\r\n\r\n`, 400],
  'an If-None-Match of 12 KB': [
    `GET /style.css HTTP/1.1\r\n${HOST}If-None-Match: ${'"a",'.repeat(3000)}\r\n\r\n`,
    200,
  ],
  'many ranges': [`GET /style.css HTTP/1.1\r\n${HOST}Range: bytes=${'0-,'.repeat(1000)}\r\n\r\n`, 200],
  'an expectation that cannot be met': [
    `POST / HTTP/1.1\r\n${HOST}Expect: 200-maybe\r\nContent-Length: 0\r\n\r\n`,
    417,
  ],
  'a length and chunks': [
    `POST / HTTP/1.1\r\n${HOST}${FORM}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    400,
  ],
  'two encodings': [
    `POST / HTTP/1.1\r\n${HOST}${FORM}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    400,
  ],
  'an unknown encoding': [
    `POST / HTTP/1.1\r\n${HOST}${FORM}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${SMUGGLED}`,
    400,
  ],
  'two lengths': [`POST / HTTP/1.1\r\n${HOST}${FORM}Content-Length: 0\r\nContent-Length: 3\r\n\r\na=b`, 400],
  'a negative length': [`POST / HTTP/1.1\r\n${HOST}${FORM}Content-Length: -1\r\n\r\n`, 400],
  'a bad chunk': [
    `POST / HTTP/1.1\r\n${HOST}${FORM}Transfer-Encoding: chunked\r\n\r\nzz\r\na=b\r\n0\r\n\r\n`,
    400,
  ],
  'a form in one chunk too long': [
    `POST / HTTP/1.1\r\n${HOST}${FORM}Transfer-Encoding: chunked\r\n\r\n9000\r\n${'a'.repeat(0x9000)}\r\n0\r\n\r\n`,
    413,
  ],
  'a form that says it is large': [
    `POST / HTTP/1.1\r\n${HOST}${FORM}Content-Length: 99999999999\r\n\r\n`,
    413,
  ],
  'no length and no body': [`POST / HTTP/1.1\r\n${HOST}${FORM}\r\n`, 400, 415],
  'a form of 2 MB in 2 KB of gzip': [form(gzipSync(Buffer.alloc(2_000_000, 97)), 'gzip'), 413],
  'a form of 2 MB in 2 KB of deflate': [form(deflateSync(Buffer.alloc(2_000_000, 97)), 'deflate'), 413],
  'a form of 50 MB in some bytes of brotli': [
    form(brotliCompressSync(Buffer.alloc(50_000_000, 97)), 'br'),
    413,
  ],
  'a form in gzip in gzip': [form(gzipSync(gzipSync('a=b')), 'gzip, gzip'), 415],
  'gzip that breaks off': [
    form(gzipSync('image_url=http://a/&thumbnail_size=64').subarray(0, 25), 'gzip'),
    400,
  ],
  'a form in an odd alphabet': [
    `POST / HTTP/1.1\r\n${HOST}${FORM.trim()}; charset=utf-7\r\nContent-Length: 3\r\n\r\na=b`,
    400,
    415,
  ],
  'a type of nonsense': [`POST / HTTP/1.1\r\n${HOST}Content-Type: ;;;\r\nContent-Length: 3\r\n\r\na=b`, 415],
  'a form of bytes that are no text': [
    form(Buffer.from('image_url=\xff\xfe\0&thumbnail_size=%zz', 'latin1'), 'identity'),
    400,
  ],
};

describe('attacks on the protocol', () => {
  let service: RunningService;

  before(async () => {
    service = await RunningService.start();
  });
  afterEach(() => expectUnharmed(service));
  after(() => service[Symbol.asyncDispose]());

  it('requests that no client sends: each is refused or answered, none is a defect', async () => {
    for (const [what, [request, ...statuses]] of Object.entries(REQUESTS)) {
      const answer = await sendRaw(service, request);
      const answers = [...answer.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => Number(status));
      if (statuses.length === 0) expect(answers, what).to.deep.equal([]);
      // One answer: nothing behind the request was taken for another.
      else
        expect(answers, what)
          .to.have.length(1)
          .and.to.satisfy(([one]: number[]) => statuses.includes(one!));
      expectNothingInternal(answer, what);
      expect(answer, what).to.not.include('mirrored');
    }
  });

  it('a form whose sender leaves in the middle', async () => {
    for (const part of ['', 'image_url=http', 'image_url=http://images.example/&thumbnail_size=6']) {
      const socket = await connectTo(service);
      socket.write(`POST / HTTP/1.1\r\n${HOST}${FORM}Content-Length: 100\r\n\r\n${part}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
      socket.resetAndDestroy();
    }
  });

  it('a hundred requests down one connection at once', async () => {
    const socket = await connectTo(service);
    const received = receivedBy(socket);
    socket.write(SMUGGLED.repeat(99) + SMUGGLED.replace('\r\n\r\n', '\r\nConnection: close\r\n\r\n'));
    expect((await received).match(/^HTTP\/1\.1 200 OK/gm)).to.have.length(100);
  });

  it('thousands of requests whose answers nobody reads', async () => {
    const before = await memoryNow(service);
    const sockets = await Promise.all(Array.from({ length: 10 }, () => connectTo(service)));
    for (const socket of sockets) {
      socket.on('error', () => undefined).pause();
      socket.write('GET /docs HTTP/1.1\r\nHost: localhost\r\n\r\n'.repeat(1200));
    }
    await expectUnharmed(service);
    expect((await memoryNow(service)) - before).to.be.below(100 * 1024 * 1024);
    for (const socket of sockets) socket.destroy();
  });

  it('hundreds of connections that send a byte and wait keep nobody out', async () => {
    const starts = [
      '',
      'G',
      'GET / HTTP/1.1\r\nHost: localhost\r\nX: ',
      `POST / HTTP/1.1\r\n${HOST}${FORM}Content-Length: 50\r\n\r\na`,
    ];
    const sockets = await Promise.all(Array.from({ length: 400 }, () => connectTo(service)));
    for (const [at, socket] of sockets.entries()) {
      socket.on('error', () => undefined);
      socket.write(starts[at % starts.length]!);
    }
    for (const path of ['/healthz', '/readyz', '/'])
      expect((await fetch(service.url + path)).status).to.equal(200);
    await expectUnharmed(service);
    for (const socket of sockets) socket.destroy();
  });
});

function form(body: Buffer, encoding: string): Buffer {
  const head = `POST / HTTP/1.1\r\n${HOST}${FORM}Content-Encoding: ${encoding}\r\nContent-Length: ${body.length}\r\n\r\n`;
  return Buffer.concat([Buffer.from(head), body]);
}
