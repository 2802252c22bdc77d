import { gunzipSync } from 'node:zlib';
import { viewBoxOf } from '../image-header/svg/nominal-sides.ts';
import { attributesOf, rootElementOf } from '../image-header/svg/root-element.ts';
import { PROLOGUE_BYTES, inUtf8, isGzip, textOf, unpackedBytesOf } from '../image-header/svg/svg-text.ts';
import type { Sides } from '../region.ts';
import { groundElement, groundOfStyle } from './drawing-ground.ts';

/** libvips looks for such an element in the first thousand bytes. */
const MARK = '<!--<svg-->';

/** Attributes of the root that say in which size it is drawn, and what becomes of space that is left. */
const SIZES = new Set(['width', 'height', 'viewBox', 'preserveAspectRatio', 'x', 'y']);
const SIZES_IN_STYLE = /(^|;)\s*(min-|max-)?(width|height)\s*:[^;]*/g;

/** How much the shape that a drawing says may differ from that of its `viewBox` by rounding. */
const SAME_SHAPE = 0.01;

/**
 * The same drawing with sides in pixels, whatever its own are: unpacked, in UTF-8, and without what stands ahead of its root but
 * declarations of entities.
 *
 * @throws RangeError where it is not what its header says
 */
export function drawingOf(file: Buffer, nominal: Sides, sides: Sides): Buffer {
  const whole = inUtf8(isGzip(file) ? unpack(file) : file);
  const text = textOf(whole.subarray(0, PROLOGUE_BYTES)) ?? '';
  const root = rootElementOf(text);
  if (root?.attributesEnd === undefined) throw new RangeError('no start tag');
  const attributes = new Map(attributesOf(text.slice(root.attributesAt, root.attributesEnd)));
  const tag = `<${root.name}${sizedAttributes(attributes, nominal, sides)}`;
  // An empty element ends here, and shows nothing.
  const isOpen = text[root.attributesEnd] === '>';
  const ground = isOpen ? `>${groundUnder(root.name, attributes, nominal)}` : '';
  const rest = whole.subarray(root.attributesEnd + (isOpen ? 1 : 0));
  return Buffer.concat([Buffer.from(`${MARK}${root.doctype}${tag}${ground}`, 'latin1'), rest]);
}

/** Empty where its root has no colour. */
function groundUnder(name: string, attributes: ReadonlyMap<string, string>, nominal: Sides): string {
  const colour = groundOfStyle(attributes.get('style'));
  if (colour === undefined) return '';
  const box = viewBoxOf(attributes.get('viewBox')) ?? { left: 0, top: 0, ...nominal };
  const spare = Math.exp(Math.abs(shapeDifference(box, nominal)));
  return groundElement(name.slice(0, name.indexOf(':') + 1), colour, box, spare);
}

/** The logarithm of how much wider one is than the other, in proportion. */
function shapeDifference(one: Sides, other: Sides): number {
  return Math.log((one.width / one.height) * (other.height / other.width));
}

function unpack(file: Buffer): Buffer {
  try {
    return gunzipSync(file, { maxOutputLength: Math.max(1, unpackedBytesOf(file)) });
  } catch (cause) {
    throw Object.assign(new RangeError('the drawing cannot be unpacked'), { cause });
  }
}

function sizedAttributes(
  given: ReadonlyMap<string, string>,
  nominal: Sides,
  { width, height }: Sides,
): string {
  const box = viewBoxOf(given.get('viewBox'));
  const isAsBox = box === undefined || Math.abs(shapeDifference(box, nominal)) < SAME_SHAPE;
  const sized = new Map<string, string>([
    ['width', `${width}px`],
    ['height', `${height}px`],
    ['viewBox', box === undefined ? `0 0 ${nominal.width} ${nominal.height}` : (given.get('viewBox') ?? '')],
    // Sides that were rounded leave no gap.
    ['preserveAspectRatio', isAsBox ? 'none' : (given.get('preserveAspectRatio') ?? 'xMidYMid')],
  ]);
  const kept = [...given].filter(([name]) => !SIZES.has(name));
  return [...kept, ...sized]
    .map(
      ([name, value]) =>
        ` ${name}="${escaped(name === 'style' ? value.replace(SIZES_IN_STYLE, '') : value)}"`,
    )
    .join('');
}

function escaped(value: string): string {
  return value.replaceAll('"', '&quot;');
}
