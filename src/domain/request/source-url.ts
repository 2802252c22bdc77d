import { InvalidRequestError } from '../errors/index.ts';
import { bareAddress, meantAddress } from './meant-address.ts';
import { type SourceBase, resolveInBase } from './source-base.ts';
import { parseStoreAddress } from './store-address.ts';

/** The longest address that is accepted unless the operator says otherwise, in characters: signed ones run to thousands. */
export const MAX_URL_LENGTH = 8192;

/** The address of a source that has been parsed; only `parseSourceUrl` makes one. */
export interface SourceUrl {
  /** What is fetched: absolute, of the web, of a store or (in the base alone) `file:`, without user-info and fragment. */
  readonly href: string;
  /** The same, in the one spelling that all its equivalents share; for keys alone, never for fetching. */
  readonly canonical: string;
  /** Host name and port for the log: without path, query and user-info, which may hold secrets. */
  readonly host: string;
  /** The server that it is asked of; undefined for an object in a store. */
  readonly server: SourceServer | undefined;
  /** What a client asks for it by. The only one of these that may be shown: a path says nothing of where it leads. */
  readonly asked: string;
  /** Whether it was asked for by a path: what that leads to, the operator has chosen. */
  readonly isInBase: boolean;
}

export interface SourceServer {
  /** A name or an IP address, as URLs have them. */
  readonly hostname: string;
  readonly port: number;
}

/** How addresses are read. */
export interface AddressRules {
  /** Undefined where paths lead nowhere. */
  readonly base?: SourceBase | undefined;
  /** In characters. */
  readonly maxLength?: number | undefined;
}

/**
 * Parses what a program entered: an http(s) address, one in a store such as `s3://bucket/key`, or a path where there is a base.
 *
 * @throws InvalidRequestError when it is empty, too long, none of these, or has user-info
 */
export function parseSourceUrl(
  text: string,
  { base, maxLength = MAX_URL_LENGTH }: AddressRules = {},
): SourceUrl {
  const trimmed = text.trim();
  if (trimmed === '') throw invalid('Enter the URL of an image.');
  // Copied from a page that has the image in it; often too long, and no shorter one would do.
  if (/^(data|blob):/i.test(trimmed))
    throw invalid(
      'A data: or blob: URL is no address on the web. Save the image and upload the file, or use its URL on the web.',
    );
  if (trimmed.length > maxLength)
    throw invalid(`The URL is longer than ${maxLength} characters. Use a shorter one.`);
  if (base !== undefined && /^\/(?!\/)/.test(trimmed)) return inBase(trimmed, base);
  const stored = parseStoreAddress(trimmed);
  if (stored !== undefined) return inStore(stored);
  if (/^(https?%3a|%2f)/i.test(trimmed))
    throw invalid('That URL is percent-encoded once too often. Decode it once.');
  if (!/^https?:/i.test(trimmed)) proposeFor(trimmed);
  const url = URL.parse(trimmed);
  if (url === null)
    throw invalid(
      /^https?:/i.test(trimmed)
        ? "That isn't a valid URL. Check its host name and port for typos."
        : "That isn't a web address. Enter one that starts with http:// or https://.",
    );
  return toSourceUrl(url);
}

/**
 * The same of what a person entered, who may leave the scheme away (where there is a base, that could be a path) and paste
 * an address with what stands around it.
 */
export function parseTypedUrl(text: string, rules: AddressRules = {}): SourceUrl {
  // Of one that is too long, nobody looks for what is meant.
  if (text.length > (rules.maxLength ?? MAX_URL_LENGTH)) return parseSourceUrl(text, rules);
  const meant = rules.base === undefined ? meantAddress(text) : bareAddress(text);
  if (SEVERAL.test(meant)) throw invalid('There are several URLs. Enter one of them.');
  return parseSourceUrl(meant, rules);
}

/** Addresses with spaces between them. Read as one they would be one, which leads nowhere. */
const SEVERAL = /^https?:\/\/\S+\s+https?:\/\//i;

/** So much of an address can be shown in a sentence. */
const SHOWN_LENGTH = 300;

/** @throws InvalidRequestError with the address that is meant, where there is one */
function proposeFor(text: string): void {
  const meant = meantAddress(text);
  const url = /^https?:/i.test(meant) ? URL.parse(meant) : null;
  if (url?.username !== '' || url.password !== '') return;
  throw invalid(
    meant.length > SHOWN_LENGTH
      ? "That isn't a complete URL. Write it with https:// in front, and with nothing around it."
      : `That isn't a complete URL. Did you mean ${meant}?`,
    // The sentence repeats the address, which may hold secrets: the log has this in its place.
    { cause: new Error('a URL that is not complete') },
  );
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
  const { href, host } = target;
  return {
    href,
    canonical: canonicalise(href),
    host,
    server: serverOf(target),
    asked: href,
    isInBase: false,
  };
}

/** Of an address of the web. */
export function serverOf({ hostname, port, protocol }: URL): SourceServer {
  if (port !== '') return { hostname, port: Number(port) };
  return { hostname, port: protocol === 'https:' ? 443 : 80 };
}

function inBase(path: string, base: SourceBase): SourceUrl {
  const url = resolveInBase(path, base);
  const resolved = /^https?:/.test(base) ? toSourceUrl(url) : inStore(url.href);
  return { ...resolved, asked: path, isInBase: true };
}

/** A bucket, or the folder, counts as a host. */
function inStore(href: string): SourceUrl {
  const { protocol, host } = new URL(href);
  return {
    href,
    canonical: href,
    host: `${protocol}//${host}`,
    server: undefined,
    asked: href,
    isInBase: false,
  };
}

/** `%2f` and `%2F` are one character (RFC 3986, 6.2.2.1); the URL parser settles the other spellings. */
function canonicalise(href: string): string {
  return href.replace(/%[0-9a-f]{2}/gi, (escape) => escape.toUpperCase());
}

function invalid(sentence: string, options?: ErrorOptions): InvalidRequestError {
  return new InvalidRequestError('url', sentence, options);
}
