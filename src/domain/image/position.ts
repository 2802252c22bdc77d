/** A point of an upright image, in parts of its width and height from the top left. */
export interface FocalPoint {
  readonly x: number;
  readonly y: number;
}

/** A point that has to be found in the image: what draws the eye, or has most detail. */
export const FOUND_POSITIONS = ['attention', 'entropy'] as const;
type FoundPosition = (typeof FOUND_POSITIONS)[number];

/** What `cover` keeps of an image, and where `contain` puts it. */
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

/** What a name stands for; a focal point stands for itself. */
export function positionOf(position: PositionName | FocalPoint): Position {
  const isPoint = typeof position !== 'string';
  return isPoint || position === 'attention' || position === 'entropy' ? position : NAMED_POINTS[position];
}
