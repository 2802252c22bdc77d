import { isIP } from 'node:net';
import { domainToASCII } from 'node:url';
import { parseSourcePrefix } from '../domain/access/source-prefix.ts';
import { parseS3Address } from '../domain/request/s3-address.ts';
import { parseSourceBase } from '../domain/request/source-base.ts';

/** How the text of an environment variable is read: `format` says to a person what is expected. */
export interface Format<T> {
  readonly format: string;
  /** Throws an Error whose message is not shown; the format and what was found are. */
  readonly parse: (text: string) => T;
}

const BYTES = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 } as const;
const MILLISECONDS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

export const text: Format<string> = { format: 'text', parse: (value) => value };

/** A value that is never shown, not even in a message about it. */
export const secret: Format<string> = { format: 'a secret', parse: (value) => value };

export function integer(from: number, to: number): Format<number> {
  return {
    format: `a whole number from ${from} to ${to}`,
    parse: (value) => inRange(matched(/^\d{1,15}$/, value)[0], from, to),
  };
}

/** `auto` stands for as many as `count`. */
export function integerOrAuto(from: number, to: number, count: number): Format<number> {
  const number = integer(from, to);
  return {
    format: `${number.format}, or auto`,
    parse: (value) => (value === 'auto' ? count : number.parse(value)),
  };
}

/** Of an HTTP answer that has a body, and is no redirect. */
export const answerStatus: Format<number> = {
  format: 'an HTTP status: 200 to 203, or 400 to 599',
  parse: (value) => Number(matched(/^(20[0-3]|[45]\d\d)$/, value)[0]),
};

/** Keys have at most 250 characters in memcached; in Redis, a user may be given those of a pattern. */
export const cacheNamespace: Format<string> = {
  format: 'up to 64 letters, digits, dots, hyphens and underscores',
  parse: (value) => matched(/^[\w.-]{1,64}$/, value)[0],
};

/** From 0 to 1. */
export const fraction: Format<number> = {
  format: 'a number from 0 to 1, such as 0.25',
  parse: (value) => inRange(matched(/^\d(\.\d{1,9})?$/, value)[0], 0, 1),
};

/** In bytes. */
export function size(from: number): Format<number> {
  return {
    format: `a size such as 20MiB or 1GiB${bounds(from, undefined, BYTES)}`,
    parse: (value) => quantity(value, BYTES, from, Number.MAX_SAFE_INTEGER),
  };
}

/** In milliseconds. Timers hold at most 2^31 - 1 of them, a little less than 25 days; what is longer is for caches. */
export function duration(from: number, to = 24 * MILLISECONDS.d): Format<number> {
  return {
    format: `a duration such as 250ms, 10s, 5m, 12h or 7d${bounds(from, to, MILLISECONDS)}`,
    parse: (value) => quantity(value, MILLISECONDS, from, to),
  };
}

export function oneOf<const T extends string>(...choices: readonly T[]): Format<T> {
  return {
    format: `one of ${choices.join(', ')}`,
    parse: (value) => choices.find((choice) => choice === value) ?? refuse(),
  };
}

/** One of these words, each of which could be a package's name, or a module. */
export function oneOfOrModule(...words: readonly string[]): Format<string> {
  return { ...moduleName, format: `one of ${words.join(', ')}, or ${moduleName.format}` };
}

/** Where an adapter of one's own is: the path of its module, or the name of its package. */
export const moduleName: Format<string> = {
  format: "a module's path (./adapter.js) or package name",
  parse: (value) => (isModulePath(value) ? value : matched(PACKAGE, value)[0]),
};

/** Any other text is a package's name. */
export function isModulePath(module: string): boolean {
  return /^(\.{1,2}\/|\/|file:\/\/)./.test(module);
}

/** A package, or an entry of one: `acme-cache`, `@acme/caches/disk.js`. */
const PACKAGE = /^(@[a-z0-9][\w.-]*\/)?[a-z0-9][\w.-]*(\/[\w.-]+)*$/;

/** At least one item, separated by commas; repeated items count once. */
export function listOf<T>(item: Format<T>): Format<readonly T[]> {
  return {
    format: `${item.format}, or several separated by commas`,
    parse: (value) => [...new Set(value.split(',').map((part) => item.parse(part.trim())))],
  };
}

/** A `HostPattern` of the domain. */
export const hostPattern: Format<string> = {
  format: 'a host name (a leading dot means the name and all below it), an address, or * for any',
  parse: (value) => matched(/^(\*|\.?[a-z0-9_-]+(\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])$/, asciiName(value))[0],
};

/** As URLs have it: names of other alphabets in Punycode. */
function asciiName(value: string): string {
  if (/^[\x21-\x7e]*$/.test(value)) return value.toLowerCase();
  const name = value.replace(/^\./, '');
  return `${value.startsWith('.') ? '.' : ''}${domainToASCII(name)}`;
}

/** A `HostPattern`, or a `SourcePrefix`, which has `://` in it. */
export const allowedSource: Format<string> = {
  format: `${hostPattern.format}, or the beginning of a URL such as s3://bucket/folder/`,
  parse: (value) => (value.includes('://') ? parseSourcePrefix(value) : hostPattern.parse(value)),
};

/** A bucket, or a part of one. */
export const s3Prefix: Format<string> = {
  format: 's3://bucket/prefix/',
  parse: (value) => parseS3Address(value.endsWith('/') ? value : `${value}/`).href,
};

/** A `SourceBase` of the domain. */
export const sourceBase: Format<string> = {
  format: 'https://host/path/, s3://bucket/path/ or file:///folder/',
  parse: parseSourceBase,
};

/** Of a server, without path, as `URL.origin` has it. */
export const serverUrl: Format<string> = {
  format: 'the URL of a server, such as https://store.example:9000',
  parse: (value) => {
    const { origin, href, protocol } = new URL(value);
    return /^https?:$/.test(protocol) && href === `${origin}/` ? origin : refuse();
  },
};

/** With any path, as it was written. */
export const webUrl: Format<string> = {
  format: 'a URL that starts with http:// or https://',
  parse: (value) => (/^https?:\/\//i.test(value) && URL.canParse(value) ? value : refuse()),
};

/** Absolute, so that it does not depend on where the service was started. */
export const folderPath: Format<string> = {
  format: 'the absolute path of a folder',
  parse: (value) => matched(/^\/[^\0]*$/, value)[0],
};

/** An origin as browsers send it; those of apps have schemes of their own. */
export const webOrigin: Format<string> = {
  format: 'an origin such as https://example.com, * for any, or none',
  parse: (value) => {
    if (value === '*' || value === 'none') return value;
    const [text] = matched(/^[a-z][a-z0-9+.-]*:\/\/[^/?#@*\s]+$/i, value);
    const origin = URL.parse(text)?.origin ?? refuse();
    return origin === 'null' ? text.toLowerCase() : origin;
  },
};

/** The prefix of paths, without the slash at its end: empty for `/`. */
export const basePath: Format<string> = {
  format: 'a path such as /img, or / for none',
  parse: (value) => {
    const [path] = matched(/^\/$|^(\/[\w.~-]+)+\/?$/, value);
    // Clients take these away before they send a path.
    if (path.split('/').some((part) => part === '.' || part === '..')) refuse();
    return path.replace(/\/$/, '');
  },
};

/** The value of a header of HTTP. */
export const headerValue: Format<string> = {
  format: 'words of printable ASCII',
  parse: (value) => matched(/^[\x21-\x7e]+( [\x21-\x7e]+)*$/, value)[0],
};

/** Where a server listens. */
export const listenAddress: Format<string> = {
  format: 'an address or a host name',
  parse: (value) => matched(/^[\w.:%-]+$/, value)[0],
};

export const portRange: Format<{ readonly from: number; readonly to: number }> = {
  format: 'a port or a range such as 8000-8100',
  parse: (value) => {
    const [, first, last = first] = matched(/^(\d{1,5})(?:-(\d{1,5}))?$/, value);
    const from = inRange(first, 1, 65_535);
    return { from, to: inRange(last, from, 65_535) };
  },
};

/** The block as text: what it covers is for the address guard to say. */
export const network: Format<string> = {
  format: 'a network such as 10.0.0.0/8 or fd00::/8',
  parse: (value) => {
    const [, address = '', prefix] = matched(/^([0-9a-f:.]+)\/(\d{1,3})$/i, value);
    const family = isIP(address);
    if (family === 0) refuse();
    inRange(prefix, 0, family === 4 ? 32 : 128);
    return value;
  },
};

/** The address of a server, with its port where that is not the usual one. */
export const serverAddress: Format<string> = {
  format: 'an address such as 10.0.0.2, 10.0.0.2:5353, fd00::2 or [fd00::2]:5353',
  parse: (value) => {
    const [, bracketed, plain = '', port = '53'] = matched(
      /^(?:\[([0-9a-f:.]+)\]|([0-9a-f:.]+?))(?::(\d{1,5}))?$/i,
      value,
    );
    const isWellFormed = isIP(value) !== 0 || isIP(bracketed ?? plain) === (bracketed === undefined ? 4 : 6);
    if (!isWellFormed) refuse();
    inRange(port, 1, 65_535);
    return value;
  },
};

type Units = Readonly<Record<string, number>>;

/** What a person has to know of the least and the most that a quantity may be, in its largest unit that says it exactly. */
function bounds(from: number, to: number | undefined, units: Units): string {
  const inUnits = (amount: number) => {
    const [name = '', factor = 1] = Object.entries(units).findLast(([, size]) => amount % size === 0) ?? [];
    return `${amount / factor}${name}`;
  };
  const said = [
    ...(from > 0 ? [`at least ${inUnits(from)}`] : []),
    ...(to === undefined ? [] : [`at most ${inUnits(to)}`]),
  ];
  return said.length === 0 ? '' : `, ${said.join(' and ')}`;
}

function quantity(value: string, units: Units, from: number, to: number): number {
  const [, amount = '', unit = ''] = matched(/^(\d{1,12})([A-Za-z]{1,3})$/, value);
  const factor = Object.hasOwn(units, unit) ? units[unit] : undefined;
  return inRange(Number(amount) * (factor ?? refuse()), from, to);
}

function inRange(value: string | number | undefined, from: number, to: number): number {
  const number = Number(value);
  return number >= from && number <= to ? number : refuse();
}

function matched(pattern: RegExp, value: string): RegExpExecArray {
  return pattern.exec(value) ?? refuse();
}

function refuse(): never {
  throw new Error('not of this format');
}
