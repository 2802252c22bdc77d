import { InvalidRequestError } from '../errors/index.ts';
import {
  type AnimatedFormat,
  DEFAULT_QUALITIES,
  type Fit,
  type OutputChoice,
  lossyFormatsOf,
} from '../image/formats.ts';
import { type HexColour, WHITE, onWhite, visibleColour } from '../image/colour.ts';
import { CENTER, type Position, pointWithin, positionOf } from '../image/position.ts';
import { type Region, formatRegion, isWholeImage } from '../image/region.ts';
import type { ThumbnailOptions } from './options.ts';

/**
 * What a thumbnail is to be, in the one way that all spellings of a request share: the box in device pixels, the format that
 * was negotiated, and nothing that has no effect. Only `specFor` makes one of a request.
 */
export interface ThumbnailSpec {
  /** Of the box, in device pixels; undefined where the image decides. */
  readonly width: number | undefined;
  /** Of the box, in device pixels; undefined where the image decides. */
  readonly height: number | undefined;
  readonly fit: Fit;
  /** What the thumbnail is made of; undefined for the whole image. */
  readonly crop: Region | undefined;
  /** What `cover` keeps of that, and where `contain` puts it. */
  readonly position: Position;
  readonly format: OutputChoice;
  /** In which format an animation stays one, whatever `format` says; undefined for its first frame. */
  readonly animation: AnimatedFormat | undefined;
  /** Of the lossy formats, 1 to 100; undefined where each has its own. */
  readonly quality: number | undefined;
  /** Undefined for white under JPEG, and for none elsewhere; see `groundOf`. */
  readonly background: HexColour | undefined;
}

/**
 * What the options ask for, in the format that was negotiated.
 *
 * @param negotiated what was negotiated for animations
 */
export function specFor(
  options: ThumbnailOptions,
  format: OutputChoice,
  negotiated: AnimatedFormat = 'webp',
): ThumbnailSpec {
  const { width, height } = boxOf(options);
  const isOpen = width === undefined || height === undefined;
  // With one side left to the image there is nothing to cut off, and nothing to pad.
  const fit = isOpen ? 'inside' : options.fit;
  const animation = options.animated ? animatedFormat(format, negotiated) : undefined;
  return {
    ...{ width, height, fit, format },
    crop: cropFor(options),
    position: positionFor(options, fit),
    animation,
    quality: qualityFor(options, { format, animation }),
    background: backgroundFor(options, fit, format),
  };
}

function cropFor({ crop }: ThumbnailOptions): Region | undefined {
  return crop === undefined || isWholeImage(crop) ? undefined : crop;
}

/** The center also where it has no effect. */
function positionFor(options: ThumbnailOptions, fit: Fit): Position {
  if (fit === 'inside') return CENTER;
  const position = givenPosition(options) ?? (fit === 'cover' ? 'attention' : CENTER);
  return fit === 'contain' && typeof position === 'string' ? CENTER : position;
}

/** A focal point is one of the original; a name says where in what is cut out of that. */
function givenPosition({ position, crop }: ThumbnailOptions): Position | undefined {
  if (position === undefined) return undefined;
  if (typeof position === 'string') return positionOf(position);
  return crop === undefined ? position : pointWithin(position, crop);
}

/** Undefined also where it looks like the default, and where none of it is seen. */
function backgroundFor(
  { background }: ThumbnailOptions,
  fit: Fit,
  format: OutputChoice,
): HexColour | undefined {
  if (background === undefined) return undefined;
  if (format !== 'jpeg') return fit === 'contain' ? visibleColour(background) : undefined;
  const opaque = onWhite(background);
  return opaque === WHITE ? undefined : opaque;
}

/** Undefined also where it is what the format has by itself, and where the format has none. */
function qualityFor(
  { quality }: ThumbnailOptions,
  { format, animation }: Pick<ThumbnailSpec, 'format' | 'animation'>,
): number | undefined {
  const formats = [...lossyFormatsOf(format), ...(animation === 'webp' ? [animation] : [])];
  return formats.every((lossy) => DEFAULT_QUALITIES[lossy] === quality) ? undefined : quality;
}

function animatedFormat(format: OutputChoice, negotiated: AnimatedFormat): AnimatedFormat {
  return format === 'gif' || format === 'webp' ? format : negotiated;
}

/** The box in device pixels. */
function boxOf({ size, width = size, height = size, dpr }: ThumbnailOptions) {
  const device = (px: number | undefined) => (px === undefined ? undefined : Math.round(px * dpr));
  return { width: device(width), height: device(height) };
}

/** Each field as text; the type asks for a field that is new. */
const TEXTS: { readonly [Field in keyof ThumbnailSpec]: (value: ThumbnailSpec[Field]) => string } = {
  width: (px) => String(px ?? ''),
  height: (px) => String(px ?? ''),
  fit: String,
  crop: (region) => (region === undefined ? '' : formatRegion(region)),
  position: (position) => (typeof position === 'string' ? position : `${position.x},${position.y}`),
  format: String,
  animation: (format) => format ?? '',
  quality: (quality) => String(quality ?? ''),
  background: (colour) => colour ?? '',
};

/**
 * The one text that all spellings of a spec share, and no two specs do: `width=128&height=128&fit=inside…`. The
 * cache's key is made of it. It walks the table of fields, so that none can be left out.
 */
export function canonicalSpec(spec: ThumbnailSpec): string {
  const fields = Object.entries<(value: never) => string>(TEXTS) as [keyof ThumbnailSpec, Text][];
  return fields.map(([name, text]) => `${name}=${text(spec[name])}`).join('&');
}

type Text = (value: unknown) => string;

/** @throws InvalidRequestError where a side of the box is larger than any request may ask for */
export function checkBox(options: ThumbnailOptions, maxPx: number): void {
  for (const name of ['size', 'width', 'height'] as const) {
    const px = options[name];
    if (px === undefined || Math.round(px * options.dpr) <= maxPx) continue;
    const times = options.dpr === 1 ? '' : ` times dpr`;
    throw new InvalidRequestError(name, `${name}${times} may be at most ${maxPx} pixels.`);
  }
}
