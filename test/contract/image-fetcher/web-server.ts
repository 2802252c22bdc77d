import { once } from 'node:events';
import { type IncomingMessage, type RequestListener, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';

/** A web server on 127.0.0.1 that answers as a test says. */
export interface WebServer extends AsyncDisposable {
  readonly port: number;
  /** The paths that were asked for, in their order. */
  readonly asked: string[];
  /** How many connections are open. */
  readonly connections: () => number;
  readonly url: (path: string) => string;
  /** What answers a path from now on; any other path is answered with 404. */
  readonly on: (path: string, handler: (request: IncomingMessage, response: ServerResponse) => void) => void;
}

export async function startWebServer(): Promise<WebServer> {
  const handlers = new Map<string, RequestListener>();
  const sockets = new Set<Socket>();
  const asked: string[] = [];
  const server = createServer((request, response) => {
    const path = request.url ?? '';
    asked.push(path);
    const handler = handlers.get(path);
    if (handler === undefined) response.writeHead(404).end();
    else handler(request, response);
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined).on('close', () => sockets.delete(socket));
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    asked,
    connections: () => sockets.size,
    url: (path) => `http://127.0.0.1:${port}${path}`,
    on: (path, handler) => void handlers.set(path, handler),
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      await once(server.close(), 'close');
    },
  };
}
