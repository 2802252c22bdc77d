import { once } from 'node:events';
import { type Socket, connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { type MetricsServer, serveMetrics } from '../../../src/telemetry/metrics/server.ts';

const LARGE = 'a'.repeat(32 * 1024 ** 2);

describe('the server of metrics', () => {
  let started: AsyncDisposableStack;
  beforeEach(() => (started = new AsyncDisposableStack()));
  afterEach(() => started.disposeAsync());

  const serve = async (text: string, limits: { connectionMs?: number; maxConnections?: number } = {}) => {
    const source = { contentType: 'text/plain', metrics: () => Promise.resolve(text) };
    return started.use(await serveMetrics(source, { host: '127.0.0.1', port: 0, ...limits }));
  };
  const open = async ({ url }: MetricsServer, sent = ''): Promise<Socket> => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.on('error', () => undefined);
    started.defer(() => void socket.destroy());
    await once(socket, 'connect');
    socket.write(sent);
    return socket;
  };
  const scrape = async ({ url }: MetricsServer) => (await fetch(url)).text();

  it('answers with the text, of that path and method alone', async () => {
    const server = await serve('a_metric 1\n');
    const response = await fetch(`${server.url}?now`);
    expect([response.status, await response.text()]).to.deep.equal([200, 'a_metric 1\n']);
    expect(response.headers.get('content-type')).to.equal('text/plain');
    expect((await fetch(new URL('/', server.url))).status).to.equal(404);
    expect((await fetch(server.url, { method: 'POST', body: 'x' })).status).to.equal(405);
  });

  for (const [who, sent] of [
    ['sends nothing', ''],
    ['sends half a request', 'GET /metrics HTTP/1.1\r\nHost: '],
    ['announces a body and sends none', 'GET /metrics HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\n\r\n'],
    ['keeps its connection', 'GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n'],
  ] as const) {
    it(`closes the connection of one that ${who}`, async () => {
      const server = await serve('a_metric 1\n', { connectionMs: 100 });
      const socket = await open(server, sent);
      await once(socket.resume(), 'close');
    });
  }

  for (const [who, readBytes] of [
    ['does not read', 0],
    ['reads slowly', 1000],
  ] as const) {
    it(`does not wait for one that ${who}`, async () => {
      const server = await serve(LARGE, { maxConnections: 1, connectionMs: 500 });
      const socket = await open(server, 'GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n');
      const reading = setInterval(() => void socket.read(readBytes), 20);
      await sleep(800);
      clearInterval(reading);
      let receivedBytes = 0;
      socket.on('data', (chunk) => (receivedBytes += chunk.length));
      await once(socket, 'close');
      expect(receivedBytes).to.be.below(LARGE.length);
      expect((await fetch(server.url, { method: 'HEAD' })).status).to.equal(200);
    });
  }

  it('takes no more connections than it may, and serves again once they are gone', async () => {
    const server = await serve('a_metric 1\n', { maxConnections: 3 });
    const idle = await Promise.all(Array.from({ length: 3 }, () => open(server)));
    await sleep(20);
    const more = await open(server);
    await once(more.resume(), 'close');
    for (const socket of idle) socket.destroy();
    const scrapeAtLast = async (): Promise<string> =>
      scrape(server).catch(() => sleep(20).then(scrapeAtLast));
    expect(await scrapeAtLast()).to.equal('a_metric 1\n');
  });

  it('reads the metrics once for each connection, however often it asks', async () => {
    let reads = 0;
    const metrics = () => Promise.resolve(`a_metric ${(reads += 1)}\n`);
    const source = { contentType: 'text/plain', metrics };
    const server = started.use(await serveMetrics(source, { host: '127.0.0.1', port: 0 }));
    const socket = await open(server, 'GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n'.repeat(1000));
    let received = '';
    socket.on('data', (chunk) => (received += String(chunk)));
    await once(socket, 'close');
    expect(reads).to.equal(1);
    expect(received).to.match(/a_metric 1\n$/);
  });

  it('answers 500 where the metrics cannot be read', async () => {
    const source = { contentType: 'text/plain', metrics: () => Promise.reject(new Error('a defect')) };
    const server = started.use(await serveMetrics(source, { host: '127.0.0.1', port: 0 }));
    const response = await fetch(server.url);
    expect([response.status, await response.text()]).to.deep.equal([500, 'The metrics cannot be read.\n']);
  });
});
