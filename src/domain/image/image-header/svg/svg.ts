import type { Sides } from '../../region.ts';
import { PLAIN, type RasterHeader } from '../raster-header.ts';
import { nominalSides } from './nominal-sides.ts';
import { attributesOf, rootElementOf } from './root-element.ts';
import { headTextOf, isGzip, unpackedBytesOf } from './svg-text.ts';

/** Behind a mark of its encoding and spaces, which have two bytes each in UTF-16, a document begins with an element. */
const BEGINNING = /^(ï»¿|ÿþ|þÿ|)[\s\0]*</;

/** Whether a file can be a drawing by its very first bytes; more of them are needed to tell whether it is. */
export function mayBeSvg(bytes: Buffer): boolean {
  return isGzip(bytes) || BEGINNING.test(bytes.toString('latin1', 0, 64));
}

/** A document whose root is `svg`: a web page that has a drawing in it is none. Takes microseconds where it is no XML. */
export function isSvg(bytes: Buffer): boolean {
  if (!mayBeSvg(bytes)) return false;
  const text = headTextOf(bytes);
  const root = text === undefined ? undefined : rootElementOf(text);
  return root !== undefined && /^([\w.-]+:)?svg$/.test(root.name);
}

/** Its sides are those that browsers give it by default: it is drawn in any size. */
export function readSvgHeader(bytes: Buffer): RasterHeader {
  const text = headTextOf(bytes) ?? '';
  const root = rootElementOf(text);
  if (root?.attributesEnd === undefined) throw new RangeError('no start tag');
  const attributes = new Map(attributesOf(text.slice(root.attributesAt, root.attributesEnd)));
  const { width, height } = bounded(nominalSides(attributes));
  return {
    ...PLAIN,
    format: 'svg',
    width: wholePx(width),
    height: wholePx(height),
    channels: 4,
    hasAlpha: true,
    metadataBytes: treeBytes(bytes),
  };
}

/** Nothing larger is drawn, and numbers have an end: a drawing may say 1e308, and a shape that comes to more. */
const MAX_NOMINAL_PX = 1_000_000;

/** In the same shape. */
function bounded({ width, height }: Sides): Sides {
  const [finiteWidth, finiteHeight] = [Math.min(width, Number.MAX_VALUE), Math.min(height, Number.MAX_VALUE)];
  const scale = Math.min(1, MAX_NOMINAL_PX / Math.max(finiteWidth, finiteHeight));
  return { width: finiteWidth * scale, height: finiteHeight * scale };
}

/** Of each element, in each of the copies that a decoder is taken to make of metadata: 4 kB of a rectangle in all. */
const BYTES_PER_ELEMENT = 700;
/** The same of each letter: paths that are written densely. */
const BYTES_PER_LETTER = 5;

/** With so many, a gigabyte is reckoned, and no more need be counted: it takes a second where a text is of `<` alone. */
const MOST_ELEMENTS = 256 * 1024;

/** Letters for each element of a packed drawing, which is not unpacked to count them: icons have fewer, maps more. */
const LETTERS_PER_ELEMENT = 60;

/** The text and what its decoder makes of it. */
function treeBytes(bytes: Buffer): number {
  if (isGzip(bytes)) {
    const letters = unpackedBytesOf(bytes);
    return letters * BYTES_PER_LETTER + (letters / LETTERS_PER_ELEMENT) * BYTES_PER_ELEMENT;
  }
  let elements = 0;
  for (let at = bytes.indexOf('<'); at !== -1 && elements < MOST_ELEMENTS; at = bytes.indexOf('<', at + 1))
    elements += 1;
  return bytes.length * BYTES_PER_LETTER + elements * BYTES_PER_ELEMENT;
}

/** A drawing of less than half a pixel is one all the same; one that says 0 is empty. */
function wholePx(side: number): number {
  return side === 0 ? 0 : Math.max(1, Math.round(side));
}
