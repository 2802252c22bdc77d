import { InvalidRequestError } from '../errors/index.ts';

/** The longest address that is accepted, in characters: what the common browsers and servers handle. */
export const MAX_URL_LENGTH = 2048;

/** The address of a source that has been parsed; only `parseSourceUrl` makes one. */
export interface SourceUrl {
  /** What is fetched: absolute, `http:` or `https:`, without user-info and fragment. */
  readonly href: string;
  /** The same, in the one spelling that all its equivalents share; for keys alone, never for fetching. */
  readonly canonical: string;
  /** Host name and port for the log: without path, query and user-info, which may hold secrets. */
  readonly host: string;
}

/**
 * Parses what a person or a program entered.
 *
 * @throws InvalidRequestError when it is empty, too long, not an absolute http(s) address, or has user-info
 */
export function parseSourceUrl(text: string): SourceUrl {
  const trimmed = text.trim();
  if (trimmed === '') throw invalid('Enter the URL of an image.');
  if (trimmed.length > MAX_URL_LENGTH)
    throw invalid(`The URL is longer than ${MAX_URL_LENGTH} characters. Use a shorter one.`);
  const url = URL.parse(trimmed);
  if (url === null)
    throw invalid("That isn't a web address. Enter one that starts with http:// or https://.");
  return toSourceUrl(url);
}

/** As `parseSourceUrl`, from a URL that was resolved already: the target of a redirect. */
export function toSourceUrl(url: URL): SourceUrl {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw invalid('Only URLs that start with http:// or https:// can be fetched.');
  }
  if (url.username !== '' || url.password !== '') {
    throw invalid("Remove the user name and password from the URL. Images behind a login can't be fetched.");
  }
  const target = new URL(url);
  target.hash = '';
  return { href: target.href, canonical: canonicalise(target.href), host: target.host };
}

/** `%2f` and `%2F` are one character (RFC 3986, 6.2.2.1); the URL parser settles the other spellings. */
function canonicalise(href: string): string {
  return href.replace(/%[0-9a-f]{2}/gi, (escape) => escape.toUpperCase());
}

function invalid(sentence: string): InvalidRequestError {
  return new InvalidRequestError('url', sentence);
}
