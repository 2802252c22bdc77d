import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { expect } from 'chai';
import { type TestApp, startApp } from '../../support/app.ts';
import { harness } from '../../support/service.ts';

describe('a request that the HTTP parser refuses', () => {
  let app: TestApp;

  before(async () => {
    app = await startApp(harness());
  });
  after(() => app[Symbol.asyncDispose]());

  async function send(request: string | Buffer): Promise<{ head: string; problem: Record<string, unknown> }> {
    const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
    await once(socket, 'connect');
    socket.write(request);
    const answer = await text(socket);
    const [head = '', body = ''] = answer.split('\r\n\r\n');
    expect(Number(/content-length: (\d+)/i.exec(head)?.[1])).to.equal(Buffer.byteLength(body));
    const isPage = /content-type: text\/html/i.test(head);
    return { head, problem: isPage ? {} : (JSON.parse(body) as Record<string, unknown>) };
  }

  const get = (target: string) => `GET ${target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`;

  for (const target of [
    '/thumbnail?url=http://images.example/café.jpg&size=64',
    '/thumbnail?url=http://images.example/a b.jpg&size=64',
  ]) {
    it(`is told to percent-encode ${target}`, async () => {
      const { head, problem } = await send(Buffer.from(get(target)));
      expect(head).to.match(/^HTTP\/1\.1 400 Bad Request\r\nContent-Type: application\/problem\+json/);
      expect(problem).to.include({ status: 400, code: 'invalid-request' });
      expect(problem['detail']).to.include('Percent-encode the URL of the image');
    });
  }

  it('is told that it has to have one Host field', async () => {
    for (const [fields, sentence] of [
      ['Host: 127.0.0.1\r\nHost: evil.example\r\n', 'more than one Host field'],
      ['Host: 127.0.0.1\r\nhost: 127.0.0.1\r\n', 'more than one Host field'],
      ['', 'no Host field'],
    ] as const) {
      for (const target of [
        '/',
        '/thumbnail?url=https://images.example/a.jpg&size=64',
        '/openapi.json',
        '/style.css',
      ]) {
        const { head, problem } = await send(
          `GET ${target} HTTP/1.1\r\n${fields}Accept: application/json\r\nConnection: close\r\n\r\n`,
        );
        expect(head, target).to.match(/^HTTP\/1\.1 400 /);
        if (target !== '/') expect(problem['detail']).to.include(sentence);
      }
    }
  });

  it('is told what it may expect', async () => {
    const { head, problem } = await send('POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nExpect: 200-maybe\r\n\r\n');
    expect(head).to.match(/^HTTP\/1\.1 417 Expectation Failed\r\n/);
    expect(problem).to.include({ status: 417, code: 'invalid-request' });
  });

  it('is told that it is too long, or no HTTP', async () => {
    const long = await send(get(`/thumbnail?${'a'.repeat(20_000)}`));
    expect(long.head).to.include('HTTP/1.1 431 ');
    expect(long.problem).to.include({ status: 431, code: 'request-too-large' });
    const none = await send('NONSENSE\r\n\r\n');
    expect(none.problem).to.include({
      status: 400,
      detail: 'The request is not valid HTTP. Check the program that sent it.',
    });
  });

  it('takes nothing from those before it, and is answered behind them unless one said that it is the last', async () => {
    const last = 'GET /healthz HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n';
    for (const [requests, answers] of [
      [last + get('/healthz'), [200]],
      ['POST /healthz HTTP/1.0\r\nContent-Length: 3\r\n\r\nbody, longer than it says', [200]],
      [get('/healthz') + last + get('/healthz'), [200, 200]],
      [`${get('/healthz')}NONSENSE\r\n\r\n`, [200, 400]],
      [`${get('/healthz').repeat(2)}NONSENSE\r\n\r\n`, [200, 200, 400]],
      [get('/healthz') + get(`/${'a'.repeat(20_000)}`), [200, 431]],
    ] as const) {
      const socket = connect(Number(new URL(app.url).port), '127.0.0.1');
      socket.write(requests);
      const answered = (await text(socket)).matchAll(/HTTP\/1\.1 (\d+) [^]*?\r\n\r\n(ok\n|\{.*\})/g);
      expect(Array.from(answered, ([, status]) => Number(status))).to.deep.equal(answers);
    }
  });
});
