import { expect } from 'chai';
import { createServer, type RequestListener, type Server } from 'node:http';
import net, { type AddressInfo } from 'node:net';
import { sniffImage } from '../../scripts/benchmark/load/image-size.ts';
import { Generators } from '../../scripts/benchmark/load/generators.ts';
import type { Expectation, LoadRequest, LoadResult } from '../../scripts/benchmark/load/plan.ts';
import { photograph } from '../../scripts/kit/images.ts';

describe('the load generator of the benchmark', function () {
  this.timeout(20_000);
  const stop = new AbortController();
  let generators: Generators;
  before(() => (generators = new Generators(2, 1, stop.signal)));
  after(async () => generators[Symbol.asyncDispose]());

  const BODY = Buffer.from('a thumbnail, as it were');
  const GOOD: Expectation = { statuses: [200], cache: 'hit', body: BODY, etag: '"1"' };
  const HEADERS = { 'cache-status': 'thumbnailer; hit; ttl=9', etag: '"1"' };

  it('asks for each once, in no order twice, and finds nothing wrong with right answers', async () => {
    const asked: string[] = [];
    const result = await load({ paths: 40 }, (request, response) => {
      asked.push(request.url ?? '');
      response.writeHead(200, { ...HEADERS, 'content-length': BODY.length }).end(BODY);
    });
    expect(result.problems).to.deep.equal([]);
    expect(result.latenciesMs.get(200)).to.have.length(40);
    const inOrder = Array.from({ length: 40 }, (_, at) => `/${at}`);
    expect(asked).to.have.members(inOrder);
    expect(asked).to.not.deep.equal(inOrder);
  });

  it('joins answers that come in pieces', async () => {
    const result = await load({}, (_request, response) => {
      response.writeHead(200, { ...HEADERS, 'content-length': BODY.length });
      response.write(BODY.subarray(0, 5));
      setTimeout(() => response.end(BODY.subarray(5)), 20);
    });
    expect(result.problems).to.deep.equal([]);
  });

  it('opens a new connection where the server says that it closes the old one', async () => {
    const result = await load({ paths: 10 }, (_request, response) => {
      const headers = { ...HEADERS, 'content-length': BODY.length, connection: 'close' };
      response.writeHead(200, headers).end(BODY);
    });
    expect(result.problems).to.deep.equal([]);
    expect(result.latenciesMs.get(200)).to.have.length(10);
  });

  it('sees a single wrong byte', async () => {
    const wrong = Buffer.from(BODY);
    wrong[7] = 0;
    const result = await load({}, (_request, response) => {
      response.writeHead(200, { ...HEADERS, 'content-length': wrong.length }).end(wrong);
    });
    expect(result.problems.join()).to.include('other bytes than before');
  });

  it('sees an unexpected status, and keeps what it said', async () => {
    const result = await load({}, (_request, response) => {
      response.writeHead(500, { 'content-length': 4 }).end('oops');
    });
    expect(result.problems.join()).to.include('status 500: oops');
  });

  it('sees a miss where there should be a hit, and another ETag', async () => {
    const miss = await load({}, (_request, response) => {
      const headers = { ...HEADERS, 'cache-status': 'thumbnailer; fwd=uri-miss; stored' };
      response.writeHead(200, { ...headers, 'content-length': BODY.length }).end(BODY);
    });
    expect(miss.problems.join()).to.include('a miss instead of a hit');
    const other = await load({}, (_request, response) => {
      response.writeHead(200, { ...HEADERS, etag: '"2"', 'content-length': BODY.length }).end(BODY);
    });
    expect(other.problems.join()).to.include('another ETag');
  });

  it('sees a connection that breaks, and goes on with another', async () => {
    let count = 0;
    const result = await load({ paths: 10 }, (request, response) => {
      count += 1;
      if (count === 5) request.socket.destroy();
      else response.writeHead(200, { ...HEADERS, 'content-length': BODY.length }).end(BODY);
    });
    expect(result.problemCount).to.equal(1);
    expect(result.latenciesMs.get(200)).to.have.length(9);
  });

  it('sees more bytes than were announced, and a length that was not', async () => {
    const more = await loadRaw('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nabc');
    expect(more.problems.join()).to.include('more than Content-Length');
    const none = await loadRaw('HTTP/1.1 200 OK\r\n\r\nabc');
    expect(none.problems.join()).to.include('without Content-Length');
  });

  it('sees an image of other dimensions', async () => {
    const image = await photograph({ width: 64, height: 48 }).jpeg().toBuffer();
    const listener: RequestListener = (_request, response) => {
      response.writeHead(200, { ...HEADERS, 'content-length': image.length }).end(image);
    };
    const of = (width: number, height: number) =>
      load({ expected: { statuses: [200], image: { format: 'jpeg', width, height } } }, listener);
    expect((await of(64, 48)).problems).to.deep.equal([]);
    expect((await of(64, 40)).problems.join()).to.include('jpeg 64×48 instead of jpeg 64×40');
  });

  it('keeps its rate whether or not anybody answers', async () => {
    const waiting: (() => void)[] = [];
    const result = await load(
      { paths: 30, mode: { kind: 'open', perSecond: 1000 } },
      (_request, response) => {
        waiting.push(() => response.writeHead(200, { ...HEADERS, 'content-length': BODY.length }).end(BODY));
        // A closed loop of any size below would never get here.
        if (waiting.length === 30) for (const answer of waiting) answer();
      },
    );
    expect(result.problems).to.deep.equal([]);
    expect(result.latenciesMs.get(200)).to.have.length(30);
  });

  async function load(
    {
      paths = 4,
      expected = GOOD,
      mode = { kind: 'closed', concurrency: 2, seconds: undefined } as const,
    }: {
      readonly paths?: number;
      readonly expected?: Expectation;
      readonly mode?: Parameters<Generators['once']>[0]['mode'];
    },
    listener: RequestListener,
  ): Promise<LoadResult> {
    return against(createServer(listener), (port) => {
      const target = { host: '127.0.0.1', port, tls: false };
      const requests = Array.from({ length: paths }, (_, at): LoadRequest => {
        return { text: `GET /${at} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`, expected };
      });
      return generators.once({ target, requests, mode });
    });
  }

  async function loadRaw(answer: string): Promise<LoadResult> {
    const server = net.createServer((socket) => {
      socket.on('error', () => undefined).on('data', () => socket.write(answer));
    });
    return against(server, (port) => {
      const target = { host: '127.0.0.1', port, tls: false };
      const requests = [{ text: 'GET / HTTP/1.1\r\nHost: x\r\n\r\n', expected: { statuses: [200] } }];
      return generators.once({
        target,
        requests,
        mode: { kind: 'closed', concurrency: 1, seconds: undefined },
      });
    });
  }
});

describe('the look at an image', () => {
  it('finds format and dimensions of what thumbnails are made as', async () => {
    const image = photograph({ width: 40, height: 30, alpha: 'fade' });
    const lossy = photograph({ width: 40, height: 30 });
    const size = { width: 40, height: 30 };
    expect(sniffImage(await lossy.clone().jpeg().toBuffer())).to.deep.equal({ format: 'jpeg', ...size });
    expect(sniffImage(await lossy.clone().webp().toBuffer())).to.deep.equal({ format: 'webp', ...size });
    expect(sniffImage(await lossy.clone().webp({ lossless: true }).toBuffer())).to.include(size);
    expect(sniffImage(await image.clone().webp().toBuffer())).to.include(size);
    expect(sniffImage(await image.clone().png().toBuffer())).to.equal(undefined);
    expect(sniffImage(Buffer.alloc(0))).to.equal(undefined);
  });
});

async function against<T>(server: Server | net.Server, use: (port: number) => Promise<T>): Promise<T> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  try {
    return await use((server.address() as AddressInfo).port);
  } finally {
    server.close();
    if ('closeAllConnections' in server) server.closeAllConnections();
  }
}
