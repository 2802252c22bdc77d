import type { IncomingMessage } from 'node:http';
import { HttpFault } from '../error-responses.ts';
import { type UploadLimits, tooLarge } from './limits.ts';

/** Of a request's body in bytes: 0 where there is none, undefined where it comes in chunks. */
export function announcedBytes({ headers }: IncomingMessage): number | undefined {
  if (headers['transfer-encoding'] !== undefined) return undefined;
  return Number(headers['content-length'] ?? 0);
}

/**
 * Refuses a body that could not be used, before any of it is read.
 *
 * @param maxBytes of the whole body
 * @throws HttpFault
 */
export function checkHead(request: IncomingMessage, maxBytes: number, limits: UploadLimits): void {
  const { 'content-encoding': encoding = 'identity' } = request.headers;
  if (!/^identity$/i.test(encoding)) {
    throw new HttpFault('unsupported-media-type', 'Send the image uncompressed, without Content-Encoding.');
  }
  const announced = announcedBytes(request);
  if (announced !== undefined && announced > maxBytes) throw tooLarge(limits);
}
