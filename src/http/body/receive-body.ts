import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { formatDuration } from '../../domain/errors/units.ts';
import { askForBody } from '../server/awaited-bodies.ts';
import { HttpFault } from '../error-responses.ts';

/** A request whose body is to be read. */
export interface Incoming {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly state: { readonly signal: AbortSignal };
}

/**
 * Lets the body of a request flow into a stream until `result`, what comes of it there, has settled, its time is over or
 * its sender has left. The rest of a body that is not wanted any more is left where it is, and the connection with it.
 *
 * @throws HttpFault at the deadline, the reason of the request's signal, and what `result` rejects with
 */
export async function receiveBody<T>(
  { req, res, state }: Incoming,
  into: Writable,
  result: Promise<T>,
  timeoutMs: number,
): Promise<T> {
  const { signal } = state;
  const stopped = Promise.withResolvers<never>();
  const timer = setTimeout(() => stopped.reject(tooSlow(timeoutMs)), timeoutMs);
  const abandon = () => stopped.reject(signal.reason as Error);
  signal.addEventListener('abort', abandon, { once: true });
  stopped.promise.catch(ignore);
  // It may fail before whoever is to read from it has begun to listen.
  into.on('error', stopped.reject);
  try {
    signal.throwIfAborted();
    askForBody(req, res);
    req.pipe(into);
    return await Promise.race([stopped.promise, result]);
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abandon);
    req.unpipe(into);
    into.destroy(new Error('nobody waits for the rest of the body'));
  }
}

function tooSlow(timeoutMs: number): HttpFault {
  return new HttpFault(
    'request-timeout',
    `The image did not arrive within ${formatDuration(timeoutMs)}. Try again, or send a smaller version of it.`,
  );
}

function ignore(): void {
  // Deliberately nothing.
}
