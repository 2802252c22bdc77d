import { once } from 'node:events';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { expect } from 'chai';
import { InFlightResponses } from '../../../src/http/server/in-flight-responses.ts';
import { type RunningServer, listen } from '../../../src/http/server/server.ts';
import { collectGarbage } from '../../support/collect-garbage.ts';

describe('the time limits of requests', () => {
  /** Those of a server whose handler may take so long to receive a body. */
  async function limitsWith(bodyTimeoutMs: number) {
    const { promise, resolve } = Promise.withResolvers<IncomingMessage>();
    const server = await listen(
      (request, response) => {
        resolve(request);
        response.end();
      },
      { host: '127.0.0.1', port: 0, bodyTimeoutMs, inFlight: new InFlightResponses() },
    );
    try {
      await (await fetch(server.url)).text();
      const { server: its } = (await promise).socket as unknown as { readonly server: Server };
      return { headMs: its.headersTimeout, wholeMs: its.requestTimeout, stallMs: its.timeout };
    } finally {
      const stopped = server.stop();
      server.destroy();
      await stopped;
    }
  }

  it('leave a body the time that the handler gives it, once the head is there', async () => {
    const { headMs, wholeMs } = await limitsWith(300_000);
    expect(wholeMs).to.equal(headMs + 300_000);
  });

  it('are the same for heads, whatever bodies may take', async () => {
    const [short, long] = [await limitsWith(1), await limitsWith(3_600_000)];
    expect(short).to.deep.equal({ headMs: 66_000, wholeMs: 70_000, stallMs: 300_000 });
    expect(long.headMs).to.equal(66_000);
  });
});

describe('a connection that stays open', () => {
  it('keeps nothing of its last answer, whose image the cache may have given up long before', async () => {
    const inFlight = new InFlightResponses();
    let last: WeakRef<ServerResponse> | undefined;
    const server = await listen(
      (_request, response) => {
        inFlight.add(response);
        last = new WeakRef(response);
        response.end('done');
      },
      { host: '127.0.0.1', port: 0, bodyTimeoutMs: 1, inFlight },
    );
    const { hostname, port } = new URL(server.url);
    const connection = connect(Number(port), hostname);
    connection.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(connection, 'data');
    while (inFlight.count > 0) await nextTurn();
    // Until the end of the turn in which it was made, a WeakRef holds what it leads to.
    await nextTurn();
    collectGarbage();
    expect(last?.deref() === undefined).to.equal(true);
    expect(connection.readyState).to.equal('open');
    connection.destroy();
    await server.stop();
  });
});

describe('a connection on which nothing moves', () => {
  const STALL_MS = 50;
  const inFlight = new InFlightResponses();
  let server: RunningServer;
  let answer: (response: ServerResponse) => void;

  /** A connection is given that time once its request has come: however slow the machine is, it is not closed before. */
  beforeEach(async () => {
    server = await listen(
      ({ socket }, response) => {
        inFlight.add(response);
        const { server: its } = socket as unknown as { readonly server: Server };
        Object.assign(its, { keepAliveTimeout: STALL_MS, keepAliveTimeoutBuffer: 0 });
        socket.setTimeout(STALL_MS);
        answer(response);
      },
      { host: '127.0.0.1', port: 0, bodyTimeoutMs: 1, inFlight },
    );
    answer = (response) => response.end();
  });
  afterEach(async () => {
    const stopped = server.stop();
    server.destroy();
    await stopped;
  });

  const ask = (fields = '') => {
    const { hostname, port } = new URL(server.url);
    const connection = connect(Number(port), hostname).pause();
    connection.write(`GET / HTTP/1.1\r\nHost: localhost\r\n${fields}\r\n`);
    return connection.on('error', () => undefined);
  };

  it('is closed where the client takes nothing of its answer, whatever it sends', async () => {
    for (const [fields, more] of [
      ['', ''],
      ['Connection: close\r\n', 'GET / HTTP/1.1\r\nHost: localhost\r\n\r\n'],
    ] as const) {
      const closed = Promise.withResolvers<undefined>();
      answer = (response) =>
        response.on('close', () => closed.resolve(undefined)).end(Buffer.alloc(64 * 1024 ** 2));
      const connection = ask(fields);
      const sending = setInterval(() => connection.write(more), STALL_MS / 5);
      await closed.promise;
      expect(inFlight.count).to.equal(0);
      clearInterval(sending);
      connection.destroy();
    }
  });

  it('is closed where no other request follows', async () => {
    const connection = ask().resume();
    await once(connection, 'end');
  });

  it('stays where the request is still worked on', async () => {
    answer = (response) => setTimeout(() => response.end('done'), 5 * STALL_MS);
    const connection = ask().resume();
    const [said] = (await once(connection, 'data')) as [Buffer];
    expect(String(said)).to.include('done');
    connection.destroy();
  });
});

describe('a server that stops', function () {
  // Sooner than Node gives up heads that do not go on.
  this.timeout(30_000);

  it('does not wait for connections on which nothing has come, as browsers open them', async () => {
    const { promise: arrived, resolve } = Promise.withResolvers<() => void>();
    const inFlight = new InFlightResponses();
    const server = await listen(
      (_request, response) => {
        inFlight.add(response);
        resolve(() => response.end('done'));
      },
      { host: '127.0.0.1', port: 0, bodyTimeoutMs: 1, inFlight },
    );
    const { hostname, port } = new URL(server.url);
    const unused = connect(Number(port), hostname);
    await once(unused, 'connect');
    const answer = fetch(server.url);
    const respond = await arrived;
    const stopped = server.stop();
    await once(unused.resume(), 'end');
    respond();
    expect(await (await answer).text()).to.equal('done');
    await stopped;
  });

  it('does not wait for heads that have begun and do not go on, of a first request or a later one', async () => {
    const inFlight = new InFlightResponses();
    const server = await listen(
      (_request, response) => {
        inFlight.add(response);
        response.end('done');
      },
      { host: '127.0.0.1', port: 0, bodyTimeoutMs: 1, inFlight },
    );
    const { hostname, port } = new URL(server.url);
    const [later, first] = [connect(Number(port), hostname), connect(Number(port), hostname)];
    later.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n');
    await once(later, 'data');
    for (const connection of [later, first]) connection.resume().write('GET / HTTP/1.1\r\nHost: loc');
    // What was written before it has come.
    await (await fetch(server.url)).text();
    await server.stop();
  });

  it('does not wait for a head behind an answer that was under way', async () => {
    const { promise: begun, resolve } = Promise.withResolvers<ServerResponse>();
    const inFlight = new InFlightResponses();
    const server = await listen(
      (_request, response) => {
        inFlight.add(response);
        response.write('begun');
        resolve(response);
      },
      { host: '127.0.0.1', port: 0, bodyTimeoutMs: 1, inFlight },
    );
    const { hostname, port } = new URL(server.url);
    const [unused, used] = [connect(Number(port), hostname), connect(Number(port), hostname)];
    await once(unused, 'connect');
    used.write('GET / HTTP/1.1\r\nHost: localhost\r\n\r\nGET / HTTP/1.1\r\nHost: loc');
    const response = await begun;
    const stopped = server.stop();
    await once(unused.resume(), 'end');
    response.end(', done');
    expect(await text(used)).to.match(/begun[^]*, done/);
    await stopped;
  });
});
