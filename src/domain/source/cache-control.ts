/**
 * A directive with its value as a token, as a quoted string, or without one (RFC 9111, 5.2). Some servers write semicolons
 * between them, and mean what they say.
 */
const DIRECTIVE = /([^\s=,;"]+)(?:\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,;"]*)))?[^,;]*(?:[,;]|$)/g;

/** The values of each directive by its name in lower case: an empty text where it has none, several where it stands twice. */
export function parseCacheControl(text: string): ReadonlyMap<string, readonly string[]> {
  const directives = new Map<string, string[]>();
  for (const [, name = '', quoted, token] of text.matchAll(DIRECTIVE)) {
    const value = quoted?.replace(/\\(.)/g, '$1') ?? token ?? '';
    const values = directives.get(name.toLowerCase());
    if (values === undefined) directives.set(name.toLowerCase(), [value]);
    else values.push(value);
  }
  return directives;
}

/** Seconds as HTTP writes them; undefined for anything else. More than fits counts as the most that does (RFC 9111, 1.2.2). */
export function secondsOf(text: string | undefined): number | undefined {
  if (text === undefined || !/^\s*\d+\s*$/.test(text)) return undefined;
  return Math.min(Number(text), 2 ** 31);
}

/**
 * Unix milliseconds of a date as HTTP writes it, which has a time of day; NaN for anything else. `Date.parse` alone takes a
 * number, such as the seconds that many write by mistake, for a year.
 */
export function dateOf(text = ''): number {
  if (!/\d:\d\d/.test(text)) return NaN;
  // The oldest of the three forms names no zone, and means GMT (RFC 9110, 5.6.7).
  return Date.parse(/\d\d \d{4}\s*$/.test(text) ? `${text} GMT` : text);
}
