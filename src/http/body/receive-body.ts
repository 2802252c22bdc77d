import type { IncomingMessage, ServerResponse } from 'node:http';
import { Transform, type Writable } from 'node:stream';
import { finished } from 'node:stream/promises';
import { formatDuration } from '../../domain/errors/units.ts';
import type { IncomingBytes } from '../../domain/source/incoming-bytes.ts';
import { type Deadline, withDeadline } from '../../domain/work/deadline.ts';
import { MinimumRate } from '../../domain/work/minimum-rate.ts';
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

export interface BodyOptions {
  /** Where its bytes go: it is made to grow before they come. */
  readonly memory: IncomingBytes;
  /** For the body to arrive. */
  readonly timeoutMs: number;
}

/**
 * Lets the body of a request flow into a stream until that has finished, has failed, its time is over, it comes too slowly
 * or its sender has left. The rest of a body that is not wanted any more is left where it is, and the connection with it.
 *
 * @throws HttpFault where it is too slow, the reason of the request's signal, and the error of the stream
 * @throws OverloadedError when there is no memory for it
 */
export async function receiveBody(
  { req, res, state }: Incoming,
  into: Writable,
  { memory, timeoutMs }: BodyOptions,
): Promise<void> {
  using deadline = withDeadline(state.signal, timeoutMs, () => notWithin(timeoutMs));
  const received = finished(into);
  askForBody(req, res);
  using rate = new MinimumRate(() => into.destroy(tooSlow()));
  const gate = gateTo(memory, { rate, deadline }).on('error', (error) => into.destroy(error));
  try {
    req.pipe(gate).pipe(into);
    await raceSignal(received, deadline.signal);
  } finally {
    req.unpipe(gate);
    gate.destroy();
    into.destroy();
  }
}

/** Lets bytes pass once there is memory for them. The wait for it is none of the sender's. */
function gateTo(
  memory: IncomingBytes,
  { rate, deadline }: { readonly rate: MinimumRate; readonly deadline: Deadline },
): Transform {
  return new Transform({
    transform: (chunk: Buffer, _encoding, done) => {
      rate.count(chunk.length);
      const growing = memory.makeRoom(chunk.length);
      if (growing === undefined) done(null, chunk);
      else deadline.pause(rate.pause(growing)).then(() => done(null, chunk), done);
    },
  });
}

function notWithin(timeoutMs: number): HttpFault {
  return new HttpFault(
    'request-timeout',
    `The image did not arrive within ${formatDuration(timeoutMs)}. Try again, or send a smaller version.`,
  );
}

function tooSlow(): HttpFault {
  return new HttpFault(
    'request-timeout',
    'The image arrived too slowly. Try again on a faster connection, or send a smaller version.',
  );
}
