import { SourceNotFoundError, SourceRefusedError } from '../errors/index.ts';
import type { SourceAnswer } from '../../ports/image-fetcher.ts';
import { secondsOf } from './cache-control.ts';
import type { SourceValidators } from './freshness.ts';

/**
 * Whether the body that follows is the image. 203 is a 200 that a proxy has changed on the way; 206 is a part, which
 * nobody asked for.
 *
 * @throws SourceNotFoundError or SourceRefusedError where it is not
 */
export function checkStatus({ status, headers }: SourceAnswer, nowMs: number): void {
  if (status === 200 || status === 203) return;
  if (status === 404 || status === 410) throw new SourceNotFoundError(status);
  throw new SourceRefusedError(sentenceFor(status), status, {
    retryAfterMs: retryAfterMs(headers['retry-after'], nowMs),
  });
}

function sentenceFor(status: number): string {
  if (status === 401 || status === 403)
    return `The server asks for a login or refuses to hand the image out (${status}).`;
  if (status === 206) return 'The server sent only a part of the image (206).';
  if (status === 429) return 'The server says that it is asked too often (429).';
  if (status >= 500 && status < 600) return `The server has a fault of its own (${status}).`;
  return `The server did not answer with an image (${status}).`;
}

/** `Retry-After` in milliseconds: seconds, or a date (RFC 9110, 10.2.3). */
function retryAfterMs(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined;
  const seconds = secondsOf(text);
  const delayMs = seconds === undefined ? Date.parse(text) - nowMs : seconds * 1000;
  return delayMs > 0 ? delayMs : undefined;
}

/** By what the server at this address recognises the version that it sent. */
export function validatorsOf({ href, headers }: SourceAnswer): SourceValidators {
  const { etag, 'last-modified': lastModified } = headers;
  if (etag === undefined && lastModified === undefined) return {};
  return { href, ...(etag !== undefined && { etag }), ...(lastModified !== undefined && { lastModified }) };
}

/** Content-Length in bytes, where there is one. */
export function announcedBytes({ headers }: SourceAnswer): number | undefined {
  const text = headers['content-length'];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
