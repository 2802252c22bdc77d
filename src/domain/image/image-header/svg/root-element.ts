/** The element that is the drawing, and what stands ahead of it. Positions are of characters. */
export interface RootElement {
  /** As written, with its prefix where it has one. */
  readonly name: string;
  /** Where its start tag begins. */
  readonly start: number;
  /** Behind the name. */
  readonly attributesAt: number;
  /** At the `>` or `/>` that ends the start tag; undefined where that is not here yet. */
  readonly attributesEnd: number | undefined;
  /** A document type declaration, which may declare entities; empty for none. */
  readonly doctype: string;
}

const NAME = /[^\s/>]*/y;

/** What may stand ahead of the root, and how each ends. A document type comes apart: there may be brackets in it. */
const PROLOGUE = [
  ['<!--', '-->'],
  ['<?', '?>'],
] as const;

/**
 * Finds the root element of an XML document, in time proportional to what stands ahead of it. Undefined where there is
 * none, or it has not come yet.
 */
export function rootElementOf(text: string): RootElement | undefined {
  let at = 0;
  let doctype = '';
  for (;;) {
    at = behindSpace(text, at);
    if (text[at] !== '<') return undefined;
    const skipped = PROLOGUE.find(([begin]) => text.startsWith(begin, at));
    if (skipped !== undefined) {
      const end = text.indexOf(skipped[1], at + skipped[0].length);
      if (end === -1) return undefined;
      at = end + skipped[1].length;
    } else if (/^<!doctype/i.test(text.slice(at, at + 9))) {
      const end = endOfDoctype(text, at);
      if (end === undefined) return undefined;
      doctype = text.slice(at, end);
      at = end;
    } else {
      return elementAt(text, at, doctype);
    }
  }
}

function elementAt(text: string, start: number, doctype: string): RootElement | undefined {
  NAME.lastIndex = start + 1;
  const [name = ''] = NAME.exec(text) ?? [];
  const attributesAt = start + 1 + name.length;
  if (attributesAt === text.length) return undefined;
  const close = unquoted(text, attributesAt, '>');
  const isEmpty = close !== undefined && text[close - 1] === '/';
  return { name, start, attributesAt, attributesEnd: isEmpty ? close - 1 : close, doctype };
}

/** Entities are declared between brackets, and may have anything in quotes. */
function endOfDoctype(text: string, start: number): number | undefined {
  const close = unquoted(text, start, '>[');
  if (close === undefined) return undefined;
  if (text[close] === '>') return close + 1;
  const bracket = unquoted(text, close + 1, ']');
  const end = bracket === undefined ? -1 : text.indexOf('>', bracket);
  return end === -1 ? undefined : end + 1;
}

/** Where the first of these characters stands that is neither in quotes nor in a comment. */
function unquoted(text: string, from: number, ends: string): number | undefined {
  for (let at = from; at < text.length; at += 1) {
    const character = text[at] ?? '';
    if (ends.includes(character)) return at;
    const close =
      character === '"' || character === "'" ? character : text.startsWith('<!--', at) ? '-->' : '';
    if (close === '') continue;
    const end = text.indexOf(close, at + 1);
    if (end === -1) return undefined;
    at = end + close.length - 1;
  }
  return undefined;
}

function behindSpace(text: string, from: number): number {
  let at = from;
  while (at < text.length && ' \t\r\n'.includes(text[at] ?? '')) at += 1;
  return at;
}

const ATTRIBUTE = /\s*([^\s=]+)\s*(?:=\s*("[^"]*"|'[^']*'))?/y;

/**
 * Of its start tag: names and values, as they are written, in their order. Each match begins where the last one has ended,
 * so that this takes time in proportion to the tag, whatever is in it; it ends where that is no XML any more.
 */
export function attributesOf(tag: string): [name: string, value: string][] {
  const attributes: [string, string][] = [];
  ATTRIBUTE.lastIndex = 0;
  for (let match = ATTRIBUTE.exec(tag); match !== null; match = ATTRIBUTE.exec(tag)) {
    const [, name = '', quoted] = match;
    if (quoted === undefined) break;
    attributes.push([name, quoted.slice(1, -1)]);
  }
  return attributes;
}
