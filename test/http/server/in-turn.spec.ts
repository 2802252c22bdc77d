import { once } from 'node:events';
import { type RequestListener, type ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'chai';
import { InFlightResponses } from '../../../src/http/server/in-flight-responses.ts';
import { type RunningServer, listen } from '../../../src/http/server/server.ts';

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: localhost\r\n\r\n`;

describe('requests that come down one connection at once', () => {
  let server: RunningServer;
  let handle: RequestListener;
  const begun: string[] = [];

  before(async () => {
    const inFlight = new InFlightResponses();
    const handler: RequestListener = (request, response) => {
      begun.push(request.url ?? '');
      inFlight.add(response);
      handle(request, response);
    };
    server = await listen(handler, { host: '127.0.0.1', port: 0, bodyTimeoutMs: 1000, inFlight });
  });
  beforeEach(() => (begun.length = 0));
  after(async () => {
    const stopped = server.stop();
    server.destroy();
    await stopped;
  });

  async function connected() {
    const socket = connect(Number(new URL(server.url).port), '127.0.0.1');
    await once(socket, 'connect');
    return socket;
  }

  it('are handled one after another, and answered in their order', async () => {
    let underWay = 0;
    handle = (request, response) => {
      underWay += 1;
      expect(underWay).to.equal(1);
      setTimeout(() => {
        underWay -= 1;
        response
          .setHeader('Connection', request.url === '/5' ? 'close' : 'keep-alive')
          .end(`[${request.url}]`);
      }, 5);
    };
    const socket = await connected();
    socket.write(['/1', '/2', '/3', '/4', '/5'].map(get).join(''));
    expect((await text(socket)).match(/\[.*?\]/g)).to.deep.equal(['[/1]', '[/2]', '[/3]', '[/4]', '[/5]']);
  });

  it('close it where more wait than any client lets wait, and none of these is handled', async () => {
    handle = () => undefined;
    const socket = await connected();
    socket.on('error', () => undefined).resume();
    socket.write(get('/slow') + get('/more').repeat(1000));
    await once(socket, 'close');
    expect(begun).to.deep.equal(['/slow']);
  });

  it('are answered, where what follows them cannot be read', async () => {
    const answering = Promise.withResolvers<ServerResponse>();
    handle = (_request, response) => {
      response.writeHead(200, { 'Content-Length': 8 }).write('half');
      if (begun.length === 1) answering.resolve(response);
      else response.end('half');
    };
    const socket = await connected();
    socket.write(get('/slow'));
    const response = await answering.promise;
    socket.write(`${get('/next')}no HTTP\r\n\r\n`);
    await sleep(50);
    response.end('half');
    expect((await text(socket)).match(/halfhalf|HTTP\/1\.1 \d+/g)).to.deep.equal([
      'HTTP/1.1 200',
      'halfhalf',
      'HTTP/1.1 200',
      'halfhalf',
      'HTTP/1.1 400',
    ]);
  });
});
