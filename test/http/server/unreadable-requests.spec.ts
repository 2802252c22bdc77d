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
    const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
    expect(Number(/content-length: (\d+)/i.exec(head)?.[1])).to.equal(Buffer.byteLength(body));
    return { head, problem: JSON.parse(body) as Record<string, unknown> };
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

  it('is told that it is too long, or no HTTP', async () => {
    const long = await send(get(`/thumbnail?${'a'.repeat(20_000)}`));
    expect(long.head).to.include('HTTP/1.1 431 ');
    expect(long.problem).to.include({ status: 431, code: 'request-too-large' });
    const none = await send('NONSENSE\r\n\r\n');
    expect(none.problem).to.include({ status: 400, detail: 'The request is not valid HTTP.' });
  });
});
