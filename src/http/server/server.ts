import { type RequestListener, type Server, createServer } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { awaitBodies } from './awaited-bodies.ts';
import { answerUnreadable } from './unreadable-requests.ts';
import { closeStalled } from './stalled-connections.ts';
import { watchUnusedConnections } from './unused-connections.ts';
import { oneAtATime } from './in-turn.ts';
import type { InFlightResponses } from './in-flight-responses.ts';

/** A load balancer keeps idle connections for 60 s by default; closing first would cost it a request now and then. */
const KEEP_ALIVE_TIMEOUT_MS = 65_000;
/** Longer than the keep-alive time, whose wait Node counts in. */
const HEADERS_TIMEOUT_MS = 66_000;
/** For a request to arrive whole, at least. */
const MIN_REQUEST_TIMEOUT_MS = 70_000;
/** When the server stops, a request may be on its way, or the rest of one. */
const LAST_REQUEST_MS = 500;

export interface ListenOptions {
  readonly host: string;
  /** 0 for a free one. */
  readonly port: number;
  /** What the handler may take to receive a body, its waits included: so long, no request is ended for being slow. */
  readonly bodyTimeoutMs: number;
  /** Where the handler adds each response that it begins. */
  readonly inFlight: InFlightResponses;
}

export interface RunningServer {
  /** Where it listens; the port is the one it was given where 0 was asked for. */
  readonly url: string;
  /**
   * Closes each connection after its response from now on; after `serveOnMs` (0) stops listening, closes connections
   * that are idle and waits for the responses in flight. May be called twice.
   */
  stop(serveOnMs?: number): Promise<void>;
  /** Stops listening and ends the connections that are left, whatever is in flight on them. */
  destroy(): void;
}

export async function listen(
  handler: RequestListener,
  { host, port, bodyTimeoutMs, inFlight }: ListenOptions,
): Promise<RunningServer> {
  const server = createServer(
    {
      keepAliveTimeout: KEEP_ALIVE_TIMEOUT_MS,
      headersTimeout: HEADERS_TIMEOUT_MS,
      requestTimeout: Math.max(MIN_REQUEST_TIMEOUT_MS, HEADERS_TIMEOUT_MS + bodyTimeoutMs),
      // The application refuses requests without a Host field, in words.
      requireHostHeader: false,
    },
    oneAtATime(handler),
  );
  awaitBodies(server);
  answerUnreadable(server, inFlight);
  closeStalled(server, inFlight);
  const closeUnused = watchUnusedConnections(server, inFlight);
  let stopped: Promise<void> | undefined;
  const destroyed = new AbortController();
  const stop = async (serveOnMs: number) => {
    inFlight.drain(() => {
      // Not while the server listens: a balancer may be about to use a connection that is idle.
      if (!server.listening) server.closeIdleConnections();
    });
    if (serveOnMs > 0) await elapse(serveOnMs, destroyed.signal);
    const closed = promisify(server.close.bind(server))();
    server.closeIdleConnections();
    setTimeout(() => {
      closeUnused();
      // Behind an answer that had begun before, and said nothing of the end, a head may have begun too.
      inFlight.drain(closeUnused);
    }, LAST_REQUEST_MS).unref();
    await closed;
  };
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    url: urlOf(server, host),
    stop: (serveOnMs = 0) => (stopped ??= stop(serveOnMs)),
    destroy: () => {
      destroyed.abort();
      server.closeAllConnections();
    },
  };
}

/** Resolves after that time, or earlier with the signal. */
async function elapse(milliseconds: number, signal: AbortSignal): Promise<void> {
  await sleep(milliseconds, undefined, { signal }).catch(() => undefined);
}

function urlOf(server: Server, host: string): string {
  const address = server.address();
  const port = address !== null && typeof address === 'object' ? address.port : 0;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}
