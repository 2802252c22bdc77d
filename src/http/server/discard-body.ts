import type { IncomingMessage } from 'node:http';
import { isBodyAwaited } from './awaited-bodies.ts';

/** What is left of a body that nobody wants is taken in up to here, and for so long. */
const MAX_BYTES = 1024 * 1024;
const MAX_MS = 500;

/**
 * Takes in what is left of a request's body, within limits. A client that is cut off while it is still sending sees a
 * broken connection, and not the answer that says why.
 */
export async function discardBody(request: IncomingMessage): Promise<void> {
  if (request.complete || request.destroyed || isBodyAwaited(request)) return;
  const { promise, resolve } = Promise.withResolvers<undefined>();
  const stop = () => resolve(undefined);
  let bytes = 0;
  const onData = (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > MAX_BYTES) stop();
  };
  const timer = setTimeout(stop, MAX_MS);
  request.unpipe();
  request.on('data', onData).once('end', stop).once('close', stop).resume();
  try {
    await promise;
  } finally {
    clearTimeout(timer);
    request.off('data', onData).off('end', stop).off('close', stop).pause();
  }
}
