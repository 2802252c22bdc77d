import type { SourceAnswer } from '../../ports/image-fetcher.ts';
import { type SourcePolicy, checkSource } from '../access/source-policy.ts';
import { InvalidRequestError, SourceRefusedError } from '../errors/index.ts';
import { MAX_URL_LENGTH, type SourceUrl, toSourceUrl } from '../request/source-url.ts';

const REDIRECTS: readonly number[] = [301, 302, 303, 307, 308];

/** Whether a transport that follows redirects follows this status. */
export function isRedirect(status: number): boolean {
  return REDIRECTS.includes(status);
}

/**
 * Where a redirect leads, checked as strictly as the first address was.
 *
 * @throws SourceRefusedError when it leads nowhere or from https to http; SourceForbiddenError for a forbidden host
 */
export function redirectTarget(
  from: string,
  { status, headers: { location } }: Pick<SourceAnswer, 'status' | 'headers'>,
  policy: SourcePolicy,
): SourceUrl {
  if (location === undefined || location === '') {
    throw new SourceRefusedError(
      `The server redirects without saying where (${status}). Check that the URL opens in a browser.`,
      status,
    );
  }
  const url = URL.parse(escapeBytes(location), from);
  if (url === null) {
    throw new SourceRefusedError(
      `The server redirects to something that isn't a URL (${status}). Check that the URL opens in a browser.`,
      status,
    );
  }
  const { maxUrlLength = MAX_URL_LENGTH } = policy;
  if (url.href.length > maxUrlLength) {
    throw new SourceRefusedError(
      `The server redirects to a URL that is longer than ${maxUrlLength} characters (${status}). Use another image.`,
      status,
    );
  }
  if (url.protocol === 'http:' && from.startsWith('https:')) {
    throw new SourceRefusedError(
      `The server redirects from https to http (${status}). Use http in the URL, or ask the site's owner to fix this.`,
      status,
    );
  }
  try {
    const target = toSourceUrl(url);
    checkSource(target, policy);
    return target;
  } catch (error) {
    if (!(error instanceof InvalidRequestError)) throw error;
    throw new SourceRefusedError(
      `The server redirects to an address that this service doesn't fetch images from (${status}). Use another image.`,
      status,
      {
        cause: error,
      },
    );
  }
}

/** Bytes beyond ASCII, in whatever encoding, stay as they were sent; Node reads header fields as Latin-1. */
function escapeBytes(value: string): string {
  return value.replace(/[\x80-\xff]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase()}`);
}
