import { InvalidRequestError, type RequestField } from '../errors/index.ts';

/** Pixels. */
export interface Sides {
  readonly width: number;
  readonly height: number;
}

/** A part of an upright image, in fractions of its width and height from the top left. */
export interface Region extends Sides {
  readonly x: number;
  readonly y: number;
}

/** A part of an image, in pixels. */
export interface Area extends Sides {
  readonly left: number;
  readonly top: number;
}

/** What a region is of an image with these sides: rounded to pixels at each edge, one at least. */
export function areaOf(region: Region | undefined, { width, height }: Sides): Area {
  if (region === undefined) return { left: 0, top: 0, width, height };
  const [left, across] = spanOf(region.x, region.width, width);
  const [top, down] = spanOf(region.y, region.height, height);
  return { left, top, width: across, height: down };
}

function spanOf(from: number, length: number, sidePx: number): readonly [beginPx: number, lengthPx: number] {
  const beginPx = Math.min(Math.round(from * sidePx), sidePx - 1);
  const endPx = Math.min(Math.round((from + length) * sidePx), sidePx);
  return [beginPx, Math.max(1, endPx - beginPx)];
}

/** What two decimal fractions that make one may be apart from it. */
const ROUNDING = 1e-9;

/** @throws InvalidRequestError where it is none, or reaches beyond the image */
export function parseRegion(name: RequestField, text: string): Region {
  const [x, y, width, height] = parseFractions(text, 4) ?? [];
  const isWithin = (from = 1, length = 0) => length > 0 && from + length <= 1 + ROUNDING;
  if (isWithin(x, width) && isWithin(y, height)) return { x, y, width, height } as Region;
  throw new InvalidRequestError(
    name,
    `${name} must be x,y,width,height in fractions of the image and within it, such as 0.25,0,0.5,1.`,
  );
}

/** As `parseRegion` takes it. */
export function formatRegion({ x, y, width, height }: Region): string {
  return [x, y, width, height].join();
}

export function isWholeImage({ x, y, width, height }: Region): boolean {
  return x === 0 && y === 0 && width >= 1 && height >= 1;
}

const FRACTION = /^(?:[01]|[01]?\.\d{1,17})$/;

/** That many numbers from 0 to 1, separated by commas; undefined where they are not. */
export function parseFractions(text: string, count: number): readonly number[] | undefined {
  const parts = text.split(',');
  if (parts.length !== count || !parts.every((part) => FRACTION.test(part))) return undefined;
  const fractions = parts.map(Number);
  return fractions.every((fraction) => fraction <= 1) ? fractions : undefined;
}
