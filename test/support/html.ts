import { expect } from 'chai';

export interface Element {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  /** The text up to the next tag. */
  readonly text: string;
}

/** All start tags in order. Whatever is not written as these templates write their tags fails the count. */
export function elements(html: string): Element[] {
  const tags = [...html.matchAll(/<([a-z][a-z0-9]*)((?:\s+[a-z:A-Z-]+(?:="[^"<>]*")?)*)\s*\/?>([^<]*)/g)];
  expect(tags.length, 'tags read').to.equal([...html.matchAll(/<(?![/!])/g)].length);
  return tags.map(([, name = '', attributes = '', text = '']) => ({
    name,
    attributes: new Map(
      [...attributes.matchAll(/([\w:-]+)(?:="([^"]*)")?/g)].map(([, key = '', value = '']) => [
        key,
        unescape(value),
      ]),
    ),
    text: unescape(text),
  }));
}

/** The one element of that name; fails where there are more. */
export function only(html: string, name: string): Element {
  const found = elements(html).filter((element) => element.name === name);
  expect(found.length, `<${name}>`).to.equal(1);
  return found[0]!;
}

/** The one element of that id; fails where there is none. */
export function byId(html: string, id: string): Element {
  const found = elements(html).filter(({ attributes }) => attributes.get('id') === id);
  expect(found.length, `#${id}`).to.equal(1);
  return found[0]!;
}

export function labelOf(html: string, id: string): string | undefined {
  return elements(html).find(({ name, attributes }) => name === 'label' && attributes.get('for') === id)
    ?.text;
}

/** All elements with the names of their attributes, which nothing that is shown may change. */
export function structureOf(html: string): string[] {
  return elements(html).map(({ name, attributes }) => [name, ...attributes.keys()].join(' '));
}

export function textOf(html: string): string {
  return unescape(html.replaceAll(/<[^>]*>/g, ''));
}

/** Text of a page as a browser reads it. */
export function unescape(text: string): string {
  const characters = new Map([
    ['&lt;', '<'],
    ['&gt;', '>'],
    ['&quot;', '"'],
    ['&amp;', '&'],
  ]);
  return text.replaceAll(/&#(\d+);|&\w+;/g, (escape, code?: string) =>
    code === undefined ? (characters.get(escape) ?? escape) : String.fromCodePoint(Number(code)),
  );
}
