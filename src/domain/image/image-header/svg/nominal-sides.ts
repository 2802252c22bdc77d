import type { Area, Sides } from '../../region.ts';

/** CSS pixels of each unit that does not depend on where the drawing stands; letters are those of a browser's default. */
const UNITS: Readonly<Record<string, number>> = {
  '': 1,
  px: 1,
  pt: 4 / 3,
  pc: 16,
  in: 96,
  cm: 96 / 2.54,
  mm: 96 / 25.4,
  q: 96 / 101.6,
  em: 16,
  rem: 16,
  ex: 8,
  ch: 8,
};

const LENGTH = /^\s*\+?(\d*\.?\d+(?:e[+-]?\d+)?)([a-z]*)\s*$/i;

/** In letters, of those that are looked at. */
const LONGEST_LENGTH = 100;

/** Of a replaced element that says nothing of its size (CSS 2.1, 10.3.2). */
const DEFAULT: Sides = { width: 300, height: 150 };

/**
 * The sides that browsers give a drawing where nothing else says its size: those of its attributes, completed by the shape
 * of its `viewBox`. They need not be whole.
 */
export function nominalSides(attributes: ReadonlyMap<string, string>): Sides {
  const box = viewBoxOf(attributes.get('viewBox'));
  const [width, height] = [lengthOf(attributes.get('width')), lengthOf(attributes.get('height'))];
  if (width !== undefined && height !== undefined) return { width, height };
  if (box === undefined) return { width: width ?? DEFAULT.width, height: height ?? DEFAULT.height };
  const ratio = box.width / box.height;
  if (width !== undefined) return { width, height: width / ratio };
  if (height !== undefined) return { width: height * ratio, height };
  const scale = Math.min(DEFAULT.width / box.width, DEFAULT.height / box.height);
  return { width: box.width * scale, height: box.height * scale };
}

const NUMBER = String.raw`([+-]?(?:\d*\.)?\d+(?:e[+-]?\d+)?)`;
/** Between two numbers; nothing need be there ahead of a sign or a point (SVG 1.1, 8.3.9). */
const BETWEEN = String.raw`(?:\s*,\s*|\s+|(?=[+.-]))`;
const VIEW_BOX = new RegExp(String.raw`^\s*${Array(4).fill(NUMBER).join(BETWEEN)}\s*$`, 'i');

/** Undefined where it is missing, or shows nothing. */
export function viewBoxOf(text = ''): Area | undefined {
  const numbers = VIEW_BOX.exec(text)?.slice(1).map(Number) ?? [];
  const [left = 0, top = 0, width = 0, height = 0] = numbers;
  return width > 0 && height > 0 && numbers.every(Number.isFinite) ? { left, top, width, height } : undefined;
}

/** Undefined where it depends on what is around the drawing, as a percentage does, or is no length. */
function lengthOf(text = ''): number | undefined {
  const [, number = '', unit = ''] = LENGTH.exec(text.slice(0, LONGEST_LENGTH)) ?? [];
  const pixels = Number.parseFloat(number) * (UNITS[unit.toLowerCase()] ?? NaN);
  return Number.isFinite(pixels) ? pixels : undefined;
}
