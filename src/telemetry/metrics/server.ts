import { type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { promisify } from 'node:util';

/** What is served: a registry, or those of several workers added up. */
interface MetricsSource {
  readonly contentType: string;
  metrics(): Promise<string>;
}

export interface MetricsServer extends AsyncDisposable {
  readonly url: string;
}

export interface MetricsServerOptions {
  readonly host: string;
  readonly port: number;
  /** Further connections are closed at once. */
  readonly maxConnections?: number;
  /** Milliseconds after which a connection is closed, whatever is still to be sent or read on it. */
  readonly connectionMs?: number;
}

/** Several scrapers, and a person who looks. */
const MAX_CONNECTIONS = 16;
/** More than Prometheus itself waits by default. */
const CONNECTION_MS = 15_000;

/**
 * Serves `GET /metrics` on a port of its own, which must not be public. A connection is good for one scrape: one that
 * stalls, at either end, holds its connection and a copy of the text for a bounded time.
 */
export async function serveMetrics(
  source: MetricsSource,
  { host, port, maxConnections = MAX_CONNECTIONS, connectionMs = CONNECTION_MS }: MetricsServerOptions,
): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    if (request.url?.split('?')[0] !== '/metrics') end(response, 404, 'GET /metrics\n');
    else if (request.method !== 'GET' && request.method !== 'HEAD') end(response, 405, '');
    else void answer(source, response);
  });
  server.maxConnections = maxConnections;
  // Node would handle all that arrive at once, and hold a text for each.
  server.maxRequestsPerSocket = 1;
  server.on('connection', (socket) => closeAfter(socket, connectionMs));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const { port: ownPort } = server.address() as AddressInfo;
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${ownPort}/metrics`,
    [Symbol.asyncDispose]: () => close(server),
  };
}

async function answer(source: MetricsSource, response: ServerResponse): Promise<void> {
  try {
    const text = await source.metrics();
    response.setHeader('Content-Type', source.contentType);
    end(response, 200, text);
  } catch {
    // Prometheus sees the failed scrape; nothing else depends on it.
    end(response, 500, 'The metrics cannot be read.\n');
  }
}

function end(response: ServerResponse, status: number, text: string): void {
  response.statusCode = status;
  response.setHeader('Connection', 'close');
  response.end(text);
}

function closeAfter(socket: Socket, milliseconds: number): void {
  const timer = setTimeout(() => socket.destroy(), milliseconds);
  socket.once('close', () => clearTimeout(timer));
}

async function close(server: Server): Promise<void> {
  const closed = promisify(server.close.bind(server))();
  server.closeAllConnections();
  await closed;
}
