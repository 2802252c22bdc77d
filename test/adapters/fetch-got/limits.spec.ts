import { randomBytes } from 'node:crypto';
import { getEventListeners } from 'node:events';
import { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { expect } from 'chai';
import { readLeniently } from '../../../src/adapters/fetch-got/lenient-answers.ts';
import {
  OverloadedError,
  SourceRefusedError,
  SourceTimeoutError,
  SourceTooLargeError,
  SourceUnreachableError,
} from '../../../src/domain/errors/index.ts';
import { parseSourceUrl } from '../../../src/domain/request/source-url.ts';
import { type Origin, startOrigin } from '../../../scripts/kit/origin.ts';
import { type Script, forever, startRawOrigin } from '../../support/raw-origin.ts';
import { rejection } from '../../support/rejection.ts';
import { MAX_BYTES, fetchFrom, fetcherFor } from './fetching.ts';

/** What the operating system's buffers for a connection may swallow, in both directions, before a sender has to wait. */
const SOCKET_BUFFERS = 16 * 1024 * 1024;

const TIMEOUT_MS = 150;

const PUBLIC = { host: '127.0.0.2' };

describe('GotImageFetcher on bodies without end', () => {
  it('stops at the limit and closes the connection', async () => {
    await using origin = await startOrigin(PUBLIC);
    origin.serve('/a', { endless: true });
    expect(await rejection(fetchFrom(origin.url('/a')))).to.be.instanceOf(SourceTooLargeError);
    await origin.idle();
    expect(bytesSent(origin)).to.be.within(MAX_BYTES, MAX_BYTES + SOCKET_BUFFERS);
  });

  for (const status of [404, 500]) {
    it(`reads none of it after a ${status}`, async () => {
      await using origin = await startOrigin(PUBLIC);
      origin.serve('/a', { status, endless: true });
      await rejection(fetchFrom(origin.url('/a')));
      await origin.idle();
      expect(bytesSent(origin)).to.be.below(SOCKET_BUFFERS);
    });
  }

  it('reads none of it after a redirect', async () => {
    await using origin = await startOrigin(PUBLIC);
    for (const hop of [0, 1, 2, 3]) origin.serve(`/${hop}`, { redirect: `/${hop + 1}`, endless: true });
    expect(await rejection(fetchFrom(origin.url('/0')))).to.be.instanceOf(SourceRefusedError);
    await origin.idle();
    expect(origin.requests).to.have.length(4);
    expect(bytesSent(origin)).to.be.below(4 * SOCKET_BUFFERS);
  });

  it('attack 43: ends with preliminary answers that never come to an end', async () => {
    const preliminary = 'HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n';
    const many: Script = async ({ send }) => {
      while (await send(preliminary.repeat(1000)));
    };
    await using origin = await startRawOrigin(many, PUBLIC);
    const error = await rejection(fetchFrom(origin.url('/a'), { timeoutMs: 5000 }));
    expect(error).to.be.instanceOf(SourceUnreachableError);
    expect(origin.bytesSent).to.be.below(SOCKET_BUFFERS);
  });

  it('attack 44: hands on what comes in chunks of one byte in pieces as large as they arrive', () => {
    const connection = new Socket();
    const handedOn: string[] = [];
    connection.push = (piece: Buffer) => handedOn.push(piece.toString('latin1')) > 0;
    readLeniently(connection);
    connection.push(Buffer.from('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n'));
    for (let piece = 0; piece < 3; piece += 1) connection.push(Buffer.from('1\r\na\r\n'.repeat(10_000)));
    const body = handedOn.slice(1).join('');
    expect(body).to.equal(`2710\r\n${'a'.repeat(10_000)}\r\n`.repeat(3));
    expect(handedOn.length).to.be.below(12);
  });

  it('reads none of it while the reservation is pending', async () => {
    await using origin = await startOrigin(PUBLIC);
    origin.serve('/a', { endless: true });
    const signal = AbortSignal.timeout(TIMEOUT_MS);
    const error = await rejection(fetchFrom(origin.url('/a'), { reserve: forever, signal }));
    expect(error).to.equal(signal.reason);
    await origin.idle();
    expect(bytesSent(origin)).to.be.below(SOCKET_BUFFERS);
  });

  it('ends a redirect loop', async () => {
    await using origin = await startOrigin(PUBLIC);
    origin.serve('/a', { redirect: '/b' }).serve('/b', { redirect: '/a' });
    expect(await rejection(fetchFrom(origin.url('/a')))).to.be.instanceOf(SourceRefusedError);
    expect(origin.requests).to.have.length(4);
  });
});

describe('GotImageFetcher at its deadline', () => {
  const body = Buffer.alloc(1000);

  for (const [what, reply] of Object.entries({
    'never answers': { stall: 'head' },
    'stops in the body': { stall: 'body', body },
    'sends the body byte by byte': { dripMs: 10, body },
    'takes too long over the redirects': { delayMs: 60, redirect: '/a' },
  } as const)) {
    it(`gives up on a server that ${what}, and closes the connection`, async () => {
      await using origin = await startOrigin(PUBLIC);
      origin.serve('/a', reply);
      const error = await rejection(
        fetchFrom(origin.url('/a'), { timeoutMs: TIMEOUT_MS, maxRedirects: 100 }),
      );
      expect(error).to.be.instanceOf(SourceTimeoutError);
      expect((error as Error).message).to.include(`${TIMEOUT_MS} milliseconds`);
      await origin.idle();
    });
  }

  for (const [what, start, more] of [
    ['sends the head byte by byte', 'HTTP/1.1 200 OK\r\nX-Drip: ', 'a'],
    ['sends nothing but preliminary answers', '', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
  ] as const) {
    it(`gives up on a server that ${what}, and closes the connection`, async () => {
      await using origin = await startRawOrigin(
        async ({ send }) => {
          await send(start);
          while (await send(more)) await delay(5);
        },
        { host: '127.0.0.2' },
      );
      const error = await rejection(fetchFrom(origin.url(), { timeoutMs: TIMEOUT_MS }));
      expect(error).to.be.instanceOf(SourceTimeoutError);
      await origin.idle();
    });
  }

  it('gives up on a look-up that is never answered', async () => {
    const names = { resolve: () => new Promise<never>(() => undefined), isInside: () => false };
    const error = await rejection(fetchFrom('http://silent.test/', { timeoutMs: TIMEOUT_MS, names }));
    expect(error).to.be.instanceOf(SourceTimeoutError);
  });
});

describe('GotImageFetcher when its caller leaves', () => {
  for (const [what, reply] of Object.entries({
    'before the answer': { stall: 'head' },
    'in the body': { endless: true },
  } as const)) {
    it(`rejects with the reason ${what}, and closes the connection`, async () => {
      await using origin = await startOrigin(PUBLIC);
      const caller = new AbortController();
      const reason = new Error('left');
      origin.serve('/a', (_request, response) => {
        if ('endless' in reply) response.write('some');
        setTimeout(() => caller.abort(reason), 20);
      });
      expect(await rejection(fetchFrom(origin.url('/a'), { signal: caller.signal }))).to.equal(reason);
      await origin.idle();
    });
  }

  it('connects to nobody when the caller leaves at once', async () => {
    await using origin = await startOrigin(PUBLIC);
    const caller = new AbortController();
    const reason = new Error('left');
    const fetching = rejection(fetchFrom(origin.url('/a'), { signal: caller.signal }));
    caller.abort(reason);
    expect(await fetching).to.equal(reason);
    await delay(20);
    expect(origin.connections).to.equal(0);
  });

  it('leaves no listener on the signal', async () => {
    await using origin = await startOrigin(PUBLIC);
    origin.serve('/a', { body: 'image' });
    const { signal } = new AbortController();
    for (const path of ['/a', '/missing'])
      await fetchFrom(origin.url(path), { signal }).catch(() => undefined);
    expect(getEventListeners(signal, 'abort')).to.have.length(0);
  });
});

describe('GotImageFetcher while a reservation is pending', () => {
  it('loses no byte of a body that came in the meantime', async () => {
    await using origin = await startOrigin(PUBLIC);
    const body = randomBytes(MAX_BYTES);
    for (const chunked of [true, false]) {
      origin.serve('/a', { body, chunked });
      const image = await fetchFrom(origin.url('/a'), { reserve: () => delay(30) });
      expect(image.equals(body)).to.equal(true);
    }
  });

  it('rejects with its error and closes the connection', async () => {
    await using origin = await startOrigin(PUBLIC);
    origin.serve('/a', { endless: true });
    const full = new OverloadedError();
    const reserve = async () => {
      await delay(5);
      throw full;
    };
    expect(await rejection(fetchFrom(origin.url('/a'), { reserve }))).to.equal(full);
    await origin.idle();
  });

  it('notices that the server has left', async () => {
    await using origin = await startRawOrigin('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort', {
      host: '127.0.0.2',
    });
    const reserve = async () => {
      await origin.idle();
    };
    expect(await rejection(fetchFrom(origin.url(), { reserve }))).to.be.instanceOf(SourceUnreachableError);
  });
});

describe('closing GotImageFetcher', () => {
  it('ends the downloads under way and refuses new ones', async () => {
    await using origin = await startOrigin(PUBLIC);
    const fetcher = fetcherFor();
    const asked = Promise.withResolvers<undefined>();
    origin.serve('/a', () => asked.resolve(undefined));
    const source = parseSourceUrl(origin.url('/a'));
    const { signal } = new AbortController();
    const underWay = rejection(fetcher.fetch(source, { signal }));
    await asked.promise;
    await fetcher.close();
    await fetcher.close();
    expect(await underWay).to.be.instanceOf(OverloadedError);
    expect(await rejection(fetcher.fetch(source, { signal }))).to.be.instanceOf(OverloadedError);
    await origin.idle();
    expect(origin.connections).to.equal(1);
  });
});

function bytesSent(origin: Origin): number {
  return origin.requests.reduce((sum, request) => sum + request.bytesSent, 0);
}
