import { SourceNotFoundError, SourceRefusedError } from '../../domain/errors/index.ts';

/**
 * Whether the body that follows is the image. 203 is a 200 that a proxy has changed on the way; 206 is a part, which
 * nobody asked for.
 *
 * @param retryAfterMs what the answer's Retry-After says
 * @throws SourceNotFoundError or SourceRefusedError when it is not
 */
export function checkStatus(status: number, retryAfterMs?: number): void {
  if (status === 200 || status === 203) return;
  if (status === 404 || status === 410) throw new SourceNotFoundError(status);
  throw new SourceRefusedError(sentenceFor(status), status, { retryAfterMs });
}

function sentenceFor(status: number): string {
  if (status === 401 || status === 403)
    return `The server asks for a login or refuses to hand the image out (${status}).`;
  if (status === 206) return 'The server sent only a part of the image (206).';
  if (status === 429) return 'The server says that it is asked too often (429).';
  if (status >= 500 && status < 600) return `The server has a fault of its own (${status}).`;
  return `The server did not answer with an image (${status}).`;
}
