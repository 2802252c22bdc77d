import type { IncomingMessage } from 'node:http';
import { isBodyAwaited } from './awaited-bodies.ts';

/** At most so much of an unwanted body is read, and for so long. */
const MAX_BYTES = 1024 * 1024;
const MAX_MS = 500;

/**
 * Reads and drops the rest of a request's body, within limits. A client whose connection closes while it still sends sees
 * a broken connection, and not the answer that says why.
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
