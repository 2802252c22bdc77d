/** What stands around an address in a text that it was copied from. */
const SURROUNDINGS: readonly (readonly [begin: string, end: string])[] = [
  ['"', '"'],
  ["'", "'"],
  ['`', '`'],
  ['<', '>'],
  ['(', ')'],
  ['\u201c', '\u201d'],
  ['\u201e', '\u201c'],
  ['\u2018', '\u2019'],
  ['\u00ab', '\u00bb'],
];

/** White space, or a character that nobody sees. */
const BLANK = /[\s\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]/;

/** `&`, as HTML writes it. */
const AMPERSAND = /&(amp|#38|#x26);/gi;

/** A host name with a dot or a port, or an IPv6 address, as the beginning of an address without scheme. */
const HOST =
  /^([^\s/?#:@\\"'<>]+\.[^\s/?#:@\\"'<>]+|localhost|\[[0-9a-f:.]+\]|[\w-]+(?=:\d))(:\d{1,5})?([/?#]|$)/i;

/** A host name has 253 letters at most, and a port six. */
const LONGEST_HOST = 260;

/** The address that somebody means who typed or pasted this: `https://` where there is no scheme, and as `bareAddress`. */
export function meantAddress(text: string): string {
  const address = decoded(bareAddress(text));
  if (/^\/\/[^/]/.test(address)) return `https:${address}`;
  return HOST.test(address.slice(0, LONGEST_HOST)) ? `https://${address}` : address;
}

/** Copied from the query of another address, it is percent-encoded. */
function decoded(address: string): string {
  if (!/^https?%3a/i.test(address)) return address;
  try {
    return decodeURIComponent(address);
  } catch {
    return address;
  }
}

/** An address without what stood around it in a mail, a document, or the source of a page. */
export function bareAddress(text: string): string {
  let bare = withoutBlankEnds(text);
  for (let inner = within(bare); inner !== undefined; inner = within(bare)) bare = withoutBlankEnds(inner);
  return bare.replace(AMPERSAND, '&');
}

/** What stands within marks, or behind a label; undefined where there are none. */
function within(text: string): string | undefined {
  const isSurrounded = SURROUNDINGS.some(
    ([begin, end]) => text.length > 1 && text.startsWith(begin) && text.endsWith(end),
  );
  if (isSurrounded) return text.slice(1, -1);
  const [label] = /^url:\s*(?=\S)/i.exec(text) ?? [];
  return label && text.slice(label.length);
}

/** By steps: a pattern for the end would look at each run of blanks in the middle as often as that is long. */
function withoutBlankEnds(text: string): string {
  let [from, to] = [0, text.length];
  while (from < to && BLANK.test(text.charAt(from))) from += 1;
  while (from < to && BLANK.test(text.charAt(to - 1))) to -= 1;
  return text.slice(from, to);
}
