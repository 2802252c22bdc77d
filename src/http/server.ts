import { type RequestListener, type Server, type ServerResponse, createServer } from 'node:http';
import { promisify } from 'node:util';

/** A load balancer keeps idle connections for 60 s by default; closing first would cost it a request now and then. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
/** Longer than the keep-alive time, whose wait Node counts in. */
const HEADERS_TIMEOUT_MS = 66_000;
/** For a request to arrive whole. */
const REQUEST_TIMEOUT_MS = 70_000;

export interface RunningServer {
  /** Where it listens; the port is the one it was given where 0 was asked for. */
  readonly url: string;
  /** Stops listening, lets answers under way end, and closes each connection after its answer. May be called twice. */
  stop(): Promise<void>;
  /** Ends the connections that are left, whatever is under way on them. */
  destroy(): void;
}

export async function listen(handler: RequestListener, host: string, port: number): Promise<RunningServer> {
  const server = createServer(
    {
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: REQUEST_TIMEOUT_MS,
    },
    handler,
  );
  const closeAfterAnswers = trackAnswers(server);
  let stopped: Promise<void> | undefined;
  const stop = async () => {
    closeAfterAnswers();
    const closed = promisify(server.close.bind(server))();
    server.closeIdleConnections();
    await closed;
  };
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    url: urlOf(server, host),
    stop: () => (stopped ??= stop()),
    destroy: () => server.closeAllConnections(),
  };
}

/** Returns a function from whose call on each connection is closed after its answer, the ones under way included. */
function trackAnswers(server: Server): () => void {
  const underWay = new Set<ServerResponse>();
  let closing = false;
  server.prependListener('request', (_request, response) => {
    if (closing) response.setHeader('Connection', 'close');
    underWay.add(response);
    response.once('close', () => {
      underWay.delete(response);
      if (closing) server.closeIdleConnections();
    });
  });
  return () => {
    closing = true;
    for (const response of underWay) if (!response.headersSent) response.setHeader('Connection', 'close');
  };
}

function urlOf(server: Server, host: string): string {
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
