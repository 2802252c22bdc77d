import { type Region, parseFractions } from './region.ts';

/** A point of an upright image, in fractions of its width and height from the top left. */
export interface FocalPoint {
  readonly x: number;
  readonly y: number;
}

/** A point that has to be found in the image: what draws the eye, or has most detail. */
const FOUND_POSITIONS = ['attention', 'entropy'] as const;
type FoundPosition = (typeof FOUND_POSITIONS)[number];

/** What `cover` keeps of an image, or of what was cut out of it, and where `contain` puts that. */
export type Position = FoundPosition | FocalPoint;

/** The points that have names. */
const NAMED_POINTS = {
  center: { x: 0.5, y: 0.5 },
  top: { x: 0.5, y: 0 },
  bottom: { x: 0.5, y: 1 },
  left: { x: 0, y: 0.5 },
  right: { x: 1, y: 0.5 },
  'top-left': { x: 0, y: 0 },
  'top-right': { x: 1, y: 0 },
  'bottom-left': { x: 0, y: 1 },
  'bottom-right': { x: 1, y: 1 },
} as const satisfies Record<string, FocalPoint>;

export type PositionName = FoundPosition | keyof typeof NAMED_POINTS;
export const POSITIONS = [...FOUND_POSITIONS, ...(Object.keys(NAMED_POINTS) as PositionName[])];

export const CENTER: FocalPoint = NAMED_POINTS.center;

/** What a name stands for. */
export function positionOf(name: PositionName): Position {
  return name === 'attention' || name === 'entropy' ? name : NAMED_POINTS[name];
}

/** Undefined where the text is no point. */
export function parseFocalPoint(text: string): FocalPoint | undefined {
  const [x, y] = parseFractions(text, 2) ?? [];
  return x === undefined || y === undefined ? undefined : { x, y };
}

/** The same point in fractions of a region, or the nearest one in that. */
export function pointWithin({ x, y }: FocalPoint, region: Region): FocalPoint {
  return { x: fractionOf(x, region.x, region.width), y: fractionOf(y, region.y, region.height) };
}

/** Without the last digits, which are noise. */
function fractionOf(point: number, from: number, length: number): number {
  const fraction = Math.min(Math.max(0, (point - from) / length), 1);
  return Math.round(fraction * 1e9) / 1e9;
}
