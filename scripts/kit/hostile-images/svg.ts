import { gzipSync } from 'node:zlib';
import { blankPng } from './png.ts';

const NAMESPACES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"';

/** A drawing of 300 by 200, unless its root says otherwise. */
export function svg(content: string, root = 'width="300" height="200"'): string {
  return `<svg ${NAMESPACES} ${root}>${content}</svg>`;
}

const RECT = '<rect width="300" height="200"';

/** Each of these, a few kilobytes long or compressed to that, asks for minutes or gigabytes. */
export function hostileDrawings(): ReadonlyMap<string, Buffer> {
  const texts: readonly (readonly [string, string])[] = [
    ['uses of uses', svg(`<defs>${RECT} id="g0"/>${nested(25)}</defs><use xlink:href="#g25"/>`)],
    ['masks in masks', svg(`<defs>${chained('mask', 30)}</defs>${RECT} mask="url(#i29)"/>`)],
    ['patterns in patterns', svg(`<defs>${chained('pattern', 30)}</defs>${RECT} fill="url(#i29)"/>`)],
    ['thousands of filters', svg(filter('<feGaussianBlur stdDeviation="30"/>'.repeat(2000)))],
    ['a filter on everything', svg(filter('<feGaussianBlur stdDeviation="30"/>', 3000))],
    [
      'a filter of any width',
      svg(filter('<feGaussianBlur stdDeviation="1e6"/>', 1, 'width="1e6" height="1e6"')),
    ],
    ['noise of a billion octaves', svg(filter('<feTurbulence numOctaves="1000000000" baseFrequency=".5"/>'))],
    ['a morphology of any radius', svg(filter('<feMorphology radius="1e6"/>'))],
    ['dashes without end', svg('<path d="M0 0L1e9 1e9" stroke="#000" stroke-dasharray="1e-5"/>')],
    ['markers on everything', svg(markers())],
    ['depth', svg('<g>'.repeat(100_000) + '</g>'.repeat(100_000))],
    ['selectors', svg(selectors())],
    ['a text of a megabyte', svg(`<text>${'Hello wörld '.repeat(90_000)}</text>`)],
    ['entities of entities', entities(svg('<text>&e9;</text>'))],
    [
      'an entity, often',
      `<!DOCTYPE svg [<!ENTITY a "${'a'.repeat(50_000)}">]>${svg(`<text>${'&a;'.repeat(50_000)}</text>`)}`,
    ],
    ['giant sides', svg(`${RECT}/>`, 'width="1e15" height="1e15"')],
    ['a giant viewBox', svg(`${RECT}/>`, 'viewBox="0 0 1e300 1e-300"')],
    ['a giant image in it', svg(`<image width="9" height="9" xlink:href="${dataUri(giantPng())}"/>`)],
    [
      'itself',
      svg(`<image width="9" height="9" xlink:href="${dataUri(Buffer.from(svg('<use xlink:href="#"/>')))}"/>`),
    ],
  ];
  const spaces = gzipSync(Buffer.concat([Buffer.from(svg('').slice(0, -6)), Buffer.alloc(1e8, 0x20)]));
  const lying = Buffer.from(gzipSync(svg(' '.repeat(1e7))));
  lying.writeUInt32LE(100, lying.length - 4);
  return new Map([
    ...texts.map(([name, text]) => [name, Buffer.from(text)] as const),
    ['a hundred megabytes, packed', spaces],
    ['packed, and lying about its length', lying],
    ['packed, and cut', gzipSync(svg(`${RECT}/>`)).subarray(0, -30)],
    ['cut within its start tag', Buffer.from(svg('').slice(0, 60))],
  ]);
}

function nested(depth: number): string {
  const level = (at: number) => `<g id="g${at + 1}">${`<use xlink:href="#g${at}"/>`.repeat(10)}</g>`;
  return Array.from({ length: depth }, (_, at) => level(at)).join('');
}

function chained(element: 'mask' | 'pattern', depth: number): string {
  const level = (at: number) => {
    const before = at === 0 ? '' : element === 'mask' ? `mask="url(#i${at - 1})"` : `fill="url(#i${at - 1})"`;
    return `<${element} id="i${at}" width=".1" height=".1">${RECT} ${before}/>${RECT} ${before}/></${element}>`;
  };
  return Array.from({ length: depth }, (_, at) => level(at)).join('');
}

function filter(primitives: string, times = 1, region = ''): string {
  return `<filter id="f" ${region}>${primitives}</filter>${`${RECT} filter="url(#f)"/>`.repeat(times)}`;
}

function markers(): string {
  const zigzag = (times: number) => 'L30 20L0 0'.repeat(times);
  const marker = `<marker id="m"><path d="M0 0${zigzag(1000)}" stroke="red"/></marker>`;
  return `${marker}<path d="M0 0${zigzag(20_000)}" marker-mid="url(#m)"/>`;
}

function selectors(): string {
  const rules = Array.from({ length: 5000 }, (_, at) => `g g g g .c${at} ~ rect > *{fill:red}`).join('');
  return `<style>${rules}</style>${`<g><g><g class="c1">${RECT}/></g></g></g>`.repeat(5000)}`;
}

function entities(drawing: string): string {
  const declared = Array.from({ length: 9 }, (_, at) => `<!ENTITY e${at + 1} "${`&e${at};`.repeat(10)}">`);
  return `<!DOCTYPE svg [<!ENTITY e0 "aaaaaaaaaa">${declared.join('')}]>${drawing}`;
}

function dataUri(image: Buffer): string {
  const type = image[0] === 0x89 ? 'image/png' : 'image/svg+xml';
  return `data:${type};base64,${image.toString('base64')}`;
}

function giantPng(): Buffer {
  return blankPng({ width: 16_000, height: 16_000 });
}
