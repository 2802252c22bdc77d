import { type Server, type ServerResponse, createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';

/** What is served: a registry, or those of several workers added up. */
interface MetricsSource {
  readonly contentType: string;
  metrics(): Promise<string>;
}

export interface MetricsServer extends AsyncDisposable {
  readonly url: string;
}

/** Serves `GET /metrics` on a port of its own, which must not be public. */
export async function serveMetrics(
  source: MetricsSource,
  { host, port }: { readonly host: string; readonly port: number },
): Promise<MetricsServer> {
  const server = createServer((request, response) => {
    if (request.url?.split('?')[0] !== '/metrics') end(response, 404, 'GET /metrics\n');
    else if (request.method !== 'GET' && request.method !== 'HEAD') end(response, 405, '');
    else void answer(source, response);
  });
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
  response.end(text);
}

async function close(server: Server): Promise<void> {
  const closed = promisify(server.close.bind(server))();
  server.closeAllConnections();
  await closed;
}
