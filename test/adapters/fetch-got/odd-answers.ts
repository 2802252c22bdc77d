import type { Script } from '../../support/raw-origin.ts';

const crlf = (...lines: string[]) => `${lines.join('\r\n')}\r\n\r\n`;

/** A head and what follows it, for an image of those bytes. */
type Answer = (image: Buffer) => Buffer | Script;

const whole = (head: (bytes: number) => string, { tail = '' } = {}): Answer => {
  return (image) => Buffer.concat([Buffer.from(head(image.length), 'latin1'), image, Buffer.from(tail)]);
};

/** With these field lines, and the length. */
const fields = (...lines: string[]): Answer =>
  whole((bytes) => crlf('HTTP/1.1 200 OK', ...lines, `Content-Length: ${bytes}`));

/** With these field lines and no length: the body ends with the connection. */
const untilClosed = (...lines: string[]): Answer => whole(() => crlf('HTTP/1.1 200 OK', ...lines));

const status = (line: string): Answer => whole((bytes) => crlf(line, `Content-Length: ${bytes}`));

interface Chunking {
  readonly head?: string;
  readonly size?: (bytes: number) => string;
  readonly lineEnd?: string;
  readonly end?: string;
}

const chunked = ({
  head = crlf('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked'),
  size = (bytes) => bytes.toString(16),
  lineEnd = '\r\n',
  end = `0${lineEnd}${lineEnd}`,
}: Chunking): Answer => {
  const chunk = (data: Buffer) => [Buffer.from(size(data.length) + lineEnd), data, Buffer.from(lineEnd)];
  return (image) => {
    const [first, rest] = [image.subarray(0, 1000), image.subarray(1000)];
    return Buffer.concat([Buffer.from(head), ...chunk(first), ...chunk(rest), Buffer.from(end)]);
  };
};

const byteByByte: Answer =
  (image) =>
  async ({ send, socket }) => {
    socket.setNoDelay(true);
    const head = `HTTP/1.1 200 OK\nX: a\r\n b\nContent-Length: ${image.length}\r\n\n`;
    for (const byte of head) {
      await send(byte);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await send(image);
  };

/** Answers that Chromium takes, or curl does, whatever the standard says of them. */
export const ODD_ANSWERS: Readonly<Record<string, Answer>> = {
  'bare line feeds': whole((bytes) => `HTTP/1.1 200 OK\nContent-Length: ${bytes}\n\n`),
  'line feeds of both kinds': whole((bytes) => `HTTP/1.1 200 OK\r\nA: b\nContent-Length: ${bytes}\n\r\n`),
  'a carriage return too many': whole((bytes) => `HTTP/1.1 200 OK\r\r\nContent-Length: ${bytes}\r\r\n\r\n`),
  'a head byte by byte': byteByByte,
  'blank lines first': whole((bytes) => `\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: ${bytes}\r\n\r\n`),
  'some bytes first': whole((bytes) => `abc HTTP/1.1 200 OK\r\nContent-Length: ${bytes}\r\n\r\n`),
  'preliminary answers': whole(
    (bytes) =>
      `HTTP/1.1 103 Early Hints\nLink: </a>\n\nHTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: ${bytes}\r\n\r\n`,
  ),

  'no reason': status('HTTP/1.1 200'),
  'a reason with other letters': status('HTTP/1.1 200 D\xe9j\xe0 vu'),
  'a status line in lower case': status('http/1.1 200 ok'),
  'two spaces before the status': status('HTTP/1.1  200  OK'),
  'no version': status('HTTP 200 OK'),
  'no status': status('HTTP/1.1'),
  'HTTP/1.0': status('HTTP/1.0 200 OK'),
  'HTTP/2 in the status line': status('HTTP/2 200'),
  'a version to come': status('HTTP/1.9 200 OK'),

  'a folded field': fields('Set-Cookie: a=b;', '  path=/'),
  'a field folded with a tab, and an empty line of it': fields('X: a', '\tb', '\t', ' c'),
  'a fold in the first line of fields': fields(' folded: yes'),
  'a field without a colon': fields('no colon here'),
  'a field without a name': fields(': value'),
  'a field without a value': fields('X-Empty:'),
  'a name with a space before the colon': whole((bytes) =>
    crlf('HTTP/1.1 200 OK', `Content-Length : ${bytes}`),
  ),
  'a name with a space in it': fields('X Powered By: PHP'),
  'a name with brackets': fields('X-Cache[edge]: HIT'),
  'a name with other letters': fields('X-D\xe9j\xe0: vu'),
  'a value with UTF-8': fields(`Content-Disposition: inline; filename="\xc3\xbc.jpg"`),
  'a value with control characters': fields('X-Trace: a\x01\x07b\x7f'),
  'no space behind colons': whole((bytes) => crlf('HTTP/1.1 200 OK', `Content-Length:${bytes}`)),
  'a name of 10 KB': fields(`${'X'.repeat(10_000)}: a`),
  '20 KB of cookies': fields(
    ...Array.from({ length: 20 }, (_, n) => `Set-Cookie: c${n}=${'a'.repeat(1000)}`),
  ),
  '200 KB in one field': fields(`Content-Security-Policy: ${'a'.repeat(200_000)}`),
  '3,000 fields before the length': fields(...Array.from({ length: 3000 }, (_, n) => `X-${n}: a`)),

  'one length twice': fields('Content-Length: 3000'),
  'one length in a list': whole((bytes) => crlf('HTTP/1.1 200 OK', `Content-Length: ${bytes}, ${bytes}`)),
  'a length with spaces around it': whole(
    (bytes) => `HTTP/1.1 200 OK\r\nContent-Length: \t ${bytes} \r\n\r\n`,
  ),
  'a length with noughts before it': whole((bytes) => crlf('HTTP/1.1 200 OK', `Content-Length: 000${bytes}`)),
  'no length': untilClosed(),
  'HTTP/1.0 without a length': whole(() => crlf('HTTP/1.0 200 OK')),
  'an empty length': untilClosed('Content-Length:'),
  'a length that is a word': untilClosed('Content-Length: unknown'),
  'a negative length': untilClosed('Content-Length: -1'),
  'a length beyond 64 bits': untilClosed(`Content-Length: ${'9'.repeat(25)}`),
  'a blank line behind the body': whole((bytes) => crlf('HTTP/1.1 200 OK', `Content-Length: ${bytes}`), {
    tail: '\r\n',
  }),
  'more than the length': whole((bytes) => crlf('HTTP/1.1 200 OK', `Content-Length: ${bytes}`), {
    tail: '<!-- served in 3 ms -->',
  }),
  'another answer behind it': whole((bytes) => crlf('HTTP/1.1 200 OK', `Content-Length: ${bytes}`), {
    tail: 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc',
  }),

  'Transfer-Encoding: identity and a length': fields('Transfer-Encoding: identity'),
  'Transfer-Encoding: identity and no length': untilClosed('Transfer-Encoding: identity'),
  'an empty Transfer-Encoding': fields('Transfer-Encoding:'),
  'chunks, and a length': chunked({
    head: crlf('HTTP/1.1 200 OK', 'Content-Length: 5', 'Transfer-Encoding: chunked'),
  }),
  'chunks in capitals': chunked({ head: crlf('HTTP/1.1 200 OK', 'TRANSFER-ENCODING: Chunked') }),
  'chunks of which it is said twice': chunked({
    head: crlf('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'),
  }),
  'chunks with identity': chunked({ head: crlf('HTTP/1.1 200 OK', 'Transfer-Encoding: identity, chunked') }),
  'chunks with bare line feeds': chunked({ lineEnd: '\n' }),
  'single bytes as chunks': (image) => {
    const chunks = [...image].map((byte) => Buffer.from([0x31, 0x0d, 0x0a, byte, 0x0d, 0x0a]));
    const head = crlf('HTTP/1.1 200 OK', 'Transfer-Encoding: chunked');
    return Buffer.concat([Buffer.from(head), ...chunks, Buffer.from('0\r\n\r\n')]);
  },
  'sizes in capitals, with noughts': chunked({ size: (bytes) => `000${bytes.toString(16).toUpperCase()}` }),
  'sizes with spaces behind them': chunked({ size: (bytes) => `${bytes.toString(16)}   ` }),
  'sizes with extensions': chunked({ size: (bytes) => `${bytes.toString(16)};name="a;b" ; x` }),
  'malformed trailers': chunked({ end: '0\r\nno colon\r\nX-Sum: 1\r\n\r\n' }),
  'no blank line behind the last chunk': chunked({ end: '0\r\n' }),
  'another answer behind the last chunk': chunked({ end: '0\r\n\r\nHTTP/1.1 200 OK\r\n\r\nabc' }),

  'Connection: upgrade': fields('Connection: upgrade', 'Upgrade: h2,h2c'),
  'Connection twice': fields('Connection: close', 'Connection: keep-alive'),
  'a trailer that is announced and never comes': fields('Trailer: X-Sum'),
};
