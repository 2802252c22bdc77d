import { SourceNotFoundError, SourceRefusedError } from '../errors/index.ts';
import type { SourceAnswer } from '../../ports/image-fetcher.ts';
import { dateOf, secondsOf } from './cache-control.ts';
import { type SourceValidators, freshnessFields, keepable } from './freshness.ts';

/**
 * Whether the body that follows is the image. As in browsers, it may come with any of the statuses from 200 to 203, and
 * with 206 where the part, which nobody asked for, is the whole.
 *
 * @throws SourceNotFoundError or SourceRefusedError where it is not
 */
export function checkStatus({ status, headers }: SourceAnswer, nowMs: number): void {
  if (status >= 200 && status <= 203) return;
  if (status === 206 && !isPartial(headers['content-range'])) return;
  if (status === 404 || status === 410) throw new SourceNotFoundError(status);
  throw new SourceRefusedError(sentencesFor(status), status, {
    retryAfterMs: retryAfterMs(headers['retry-after'], nowMs),
  });
}

/** Whether a `Content-Range` says that there is more of the image than this. */
function isPartial(contentRange: string | undefined): boolean {
  const [, from, to, total] = /^\s*bytes\s+(\d+)-(\d+)\/(\d+|\*)/i.exec(contentRange ?? '') ?? [];
  if (from === undefined) return false;
  return Number(from) > 0 || (total !== '*' && Number(total) !== Number(to) + 1);
}

function sentencesFor(status: number): string {
  if (status === 401 || status === 403) {
    return `The server refuses to serve the image (${status}). Check that the URL opens in a browser without logging in.`;
  }
  if (status === 206) return 'The server sent only part of the image (206). Try again later.';
  if (status === 429) return "The image's server is limiting requests (429). Try again in a minute.";
  if (status >= 500 && status < 600) {
    return `The image's server reported an error (${status}). Try again later.`;
  }
  return `The server didn't answer with an image (${status}). Check that the URL opens in a browser.`;
}

/** `Retry-After` in milliseconds: seconds, or a date (RFC 9110, 10.2.3). */
export function retryAfterMs(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined;
  const seconds = secondsOf(text);
  const delayMs = seconds === undefined ? dateOf(text) - nowMs : seconds * 1000;
  return delayMs > 0 ? delayMs : undefined;
}

/** The header fields that ask an address whether its version has changed; none where another address gave the validators. */
export function conditionsFor(href: string, validators: SourceValidators): Record<string, string> {
  if (validators.href !== href) return {};
  const { etag, lastModified } = validators;
  return {
    ...(etag !== undefined && { 'if-none-match': etag }),
    ...(lastModified !== undefined && { 'if-modified-since': lastModified }),
  };
}

/**
 * By what the server at this address recognises the version that it sent, and what it said of its freshness. Of an address
 * that is too long to be kept there are none: they mean something there alone.
 */
export function validatorsOf({ href, headers }: SourceAnswer): SourceValidators {
  const [etag, lastModified] = [keepable(headers['etag']), keepable(headers['last-modified'])];
  if ((etag === undefined && lastModified === undefined) || keepable(href) === undefined) return {};
  return {
    href,
    ...(etag !== undefined && { etag }),
    ...(lastModified !== undefined && { lastModified }),
    ...freshnessFields(headers),
  };
}

/** Content-Length in bytes, where there is one. */
export function announcedBytes({ headers }: SourceAnswer): number | undefined {
  const text = headers['content-length'];
  return text !== undefined && /^\d+$/.test(text) ? Number(text) : undefined;
}
