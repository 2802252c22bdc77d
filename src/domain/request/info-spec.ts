import type { ImageInfo, PixelInfo } from '../image/image-info.ts';
import { InvalidRequestError } from '../errors/index.ts';

export type InfoField = keyof ImageInfo;

/** In the order in which they are answered. */
export const INFO_FIELDS = [
  'format',
  'width',
  'height',
  'bytes',
  'hasAlpha',
  'frames',
  'color',
  'thumbhash',
  'placeholder',
] as const satisfies readonly InfoField[];

const OF_PIXELS: readonly InfoField[] = ['color', 'thumbhash', 'placeholder'] satisfies (keyof PixelInfo)[];

/**
 * How much of an image has to be read for its info. Fields that take the same reading share a cached info, of which each
 * request is answered its own: there are four of a source, not one for each set of fields.
 */
export interface InfoSpec {
  /** Whether all frames are counted. */
  readonly frames: boolean;
  /** Whether pixels are decoded. */
  readonly pixels: boolean;
}

export function infoSpecFor(fields: readonly InfoField[]): InfoSpec {
  return { frames: fields.includes('frames'), pixels: fields.some((field) => OF_PIXELS.includes(field)) };
}

/** The one text that stands for a spec in keys; none of a thumbnail's reads like it. */
export function canonicalInfoSpec({ frames, pixels }: InfoSpec): string {
  return `info&frames=${frames}&pixels=${pixels}`;
}

/** Tells it from what a thumbnail is to be. */
export function isInfoSpec(spec: object): spec is InfoSpec {
  return 'pixels' in spec;
}

/** What an info is to say, in the order of its fields: all of them where none are named. @throws InvalidRequestError */
export function parseInfoFields(text: string | undefined): readonly InfoField[] {
  if (text === undefined) return INFO_FIELDS;
  const names = text.split(',').map((name) => name.trim());
  const areKnown = names.every((name) => INFO_FIELDS.some((field) => field === name));
  if (areKnown) return INFO_FIELDS.filter((field) => names.includes(field));
  throw new InvalidRequestError(
    'fields',
    `fields must be one or several of ${INFO_FIELDS.join(', ')}, separated by commas.`,
  );
}
