import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { formatDuration } from '../../domain/errors/units.ts';
import { raceSignal } from '../../domain/work/race.ts';
import type { Caller } from '../../domain/work/requester.ts';
import { askForBody } from '../server/awaited-bodies.ts';
import { HttpFault } from '../error-responses.ts';

/** A request whose body is to be read. */
export interface Incoming {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly state: Caller;
}

/**
 * Lets the body of a request flow into a stream until that has finished, has failed, its time is over or its sender has
 * left. The rest of a body that is not wanted any more is left where it is, and the connection with it.
 *
 * @throws HttpFault at the deadline, the reason of the request's signal, and the error of the stream
 */
export async function receiveBody(
  { req, res, state }: Incoming,
  into: Writable,
  timeoutMs: number,
): Promise<void> {
  state.signal.throwIfAborted();
  const deadline = AbortSignal.timeout(timeoutMs);
  try {
    const received = finished(into);
    askForBody(req, res);
    req.pipe(into);
    await raceSignal(received, AbortSignal.any([state.signal, deadline]));
  } catch (error) {
    throw error === deadline.reason ? tooSlow(timeoutMs, error) : error;
  } finally {
    req.unpipe(into);
    into.destroy();
  }
}

function tooSlow(timeoutMs: number, cause: unknown): HttpFault {
  return new HttpFault(
    'request-timeout',
    `The image did not arrive within ${formatDuration(timeoutMs)}. Try again, or send a smaller version.`,
    { cause },
  );
}
