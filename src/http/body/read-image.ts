import { Writable } from 'node:stream';
import type { IncomingBytes } from '../../domain/source/incoming-bytes.ts';
import { type UploadLimits, tooLarge } from './limits.ts';
import { type Incoming, receiveBody } from './receive-body.ts';

/**
 * Reads a body that is an image.
 *
 * @throws HttpFault when it is too large or too slow; the signal's reason
 */
export async function readImage(
  incoming: Incoming,
  memory: IncomingBytes,
  limits: UploadLimits,
): Promise<Uint8Array> {
  const sink = new Writable({
    write: (chunk: Buffer, _encoding, done) => done(memory.append(chunk) ? null : tooLarge(limits)),
  });
  await receiveBody(incoming, sink, { memory, timeoutMs: limits.timeoutMs });
  return memory.bytes;
}
