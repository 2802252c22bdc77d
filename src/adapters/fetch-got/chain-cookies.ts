interface Cookie {
  readonly name: string;
  readonly value: string;
  readonly host: string;
  readonly path: string;
  readonly isSecure: boolean;
}

/** As browsers have it, of one cookie with its name. */
const MAX_COOKIE_LENGTH = 4096;
/** Of one fetch, as browsers have it of one host: the newest stay. Each is compared with all others. */
const MAX_COOKIES = 180;
/** Of all together, which leaves them room in what servers take as a head. */
const MAX_HEADER_LENGTH = 8192;

/** What may stand in a header field; other letters come as Latin-1. */
const SENDABLE = /^[\t\x20-\x7e\x80-\xff]*$/;

/**
 * The cookies of one fetch and its redirects, for servers that hand the image out to those alone who bring back what the
 * redirect has set. They are gone with the fetch, and go to no other host than the one that set them, whatever domain
 * they name.
 */
export class ChainCookies {
  #cookies: readonly Cookie[] = [];

  /** Takes the values of `Set-Cookie` in an answer from this address. */
  receive(href: string, setCookies: readonly string[]): void {
    const url = new URL(href);
    for (const text of setCookies) this.#set(url, text);
  }

  /** The value of `Cookie` for this address; undefined where it gets none. */
  headerFor(href: string): string | undefined {
    const { hostname, protocol, pathname } = new URL(href);
    let header = '';
    // The more specific ones first (RFC 6265, 5.4).
    for (const cookie of this.#cookies.toSorted((a, b) => b.path.length - a.path.length)) {
      const isFor =
        cookie.host === hostname &&
        isWithin(pathname, cookie.path) &&
        (!cookie.isSecure || protocol === 'https:');
      const pair = `${header === '' ? '' : '; '}${cookie.name}=${cookie.value}`;
      if (isFor && header.length + pair.length <= MAX_HEADER_LENGTH) header += pair;
    }
    return header === '' ? undefined : header;
  }

  #set({ hostname: host, pathname }: URL, text: string): void {
    const [pair = '', ...rest] = text.split(';');
    if (pair.length > MAX_COOKIE_LENGTH || !SENDABLE.test(pair)) return;
    const equals = pair.indexOf('=');
    const [name, value] = [pair.slice(0, Math.max(0, equals)).trim(), pair.slice(equals + 1).trim()];
    if (name === '') return;
    const attributes = new Map(rest.map(attributeOf));
    const given = attributes.get('path');
    const path = given?.startsWith('/') === true ? given : folderOf(pathname);
    const isSame = (cookie: Cookie) => cookie.name === name && cookie.host === host && cookie.path === path;
    const others = this.#cookies.filter((cookie) => !isSame(cookie));
    const cookie = { name, value, host, path, isSecure: attributes.has('secure') };
    this.#cookies = hasExpired(attributes) ? others : [...others, cookie].slice(-MAX_COOKIES);
  }
}

function attributeOf(text: string): [name: string, value: string] {
  const [name = '', value = ''] = text.split('=', 2);
  return [name.trim().toLowerCase(), value.trim()];
}

/** A fetch is over before any cookie but one that is deleted has run out. */
function hasExpired(attributes: ReadonlyMap<string, string>): boolean {
  const maxAge = attributes.get('max-age');
  if (maxAge !== undefined && /^-?\d+$/.test(maxAge)) return Number(maxAge) <= 0;
  return Date.parse(attributes.get('expires') ?? '') <= Date.now();
}

/** The default path (RFC 6265, 5.1.4). */
function folderOf(pathname: string): string {
  return pathname.slice(0, Math.max(1, pathname.lastIndexOf('/')));
}

function isWithin(pathname: string, path: string): boolean {
  return pathname === path || pathname.startsWith(path.endsWith('/') ? path : `${path}/`);
}
