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

/** `GET /metrics` on a port of its own, which the public does not reach. */
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
    // The one who scrapes sees it, and the figures are the only thing that is lost.
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
