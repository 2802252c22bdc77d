import { embeddedFor } from '../../domain/image/embedded-thumbnail.ts';
import { mayHaveFrames } from '../../domain/image/animation.ts';
import type { InputFormat } from '../../domain/image/formats.ts';
import type { ImageFile } from '../../domain/image/image-file.ts';
import type { RasterHeader } from '../../domain/image/image-header.ts';
import { type JpegPlan, jpegPlanFor, sidesAfter } from '../../domain/image/jpeg-plan.ts';
import { type Region, areaOf, formatRegion } from '../../domain/image/region.ts';
import {
  type Sides,
  type TargetBox,
  decisiveSide,
  scaledSides,
  thumbnailSides,
  turned,
} from '../../domain/image/target-box.ts';
import type { ThumbnailSpec } from '../../domain/request/thumbnail-spec.ts';

/** How an image is decoded to an intermediate one. It follows from its header and the thumbnail alone. */
export interface DecodePlan {
  /** Thumbnails of one image with the same name share the intermediate image. */
  readonly name: string;
  /** Of the intermediate image in pixels, for an image of these upright sides. */
  readonly sidesOf: (original: Sides) => Sides;
}

/** An image below this costs less to decode again than a second thumbnail costs otherwise. */
const QUICK_MS = 8;

/** The smallest thumbnails that share an intermediate image; those above share by powers of two. */
const SMALLEST_CLASS_PX = 256;

/**
 * An intermediate image is so many times as large as the thumbnails of its class, so that scaling it once more is not seen.
 * A WebP is scaled as it is decoded, by the mean of areas: of that less is enough, and costs less (docs/performance.md).
 */
const SPARE = 2;
const SPARE_OF_WEBP = 1.5;

/** One with more pixels is not worth its memory. */
const MAX_PIXELS = 1_050_000;

/** Undefined where the thumbnail is made from the file in one step. */
export function decodePlanFor(
  image: Pick<ImageFile, 'format' | 'header'>,
  spec: ThumbnailSpec,
): DecodePlan | undefined {
  const { header } = image;
  if (mayHaveFrames(image, spec)) return undefined;
  if (header.colours !== undefined) return convertingPlan(header, spec);
  if (embeddedFor(header, spec) !== undefined) return undefined;
  return decodesQuickly(header) ? undefined : sharedPlan(header, spec);
}

/**
 * Colours that are said by numbers are converted in an intermediate image. Browsers convert before they scale, which shows
 * where colours are far from those of sRGB: so it is the whole image, or as large as may be.
 */
function convertingPlan(header: RasterHeader, spec: ThumbnailSpec): DecodePlan {
  const isSmall = header.width * header.height <= MAX_PIXELS && spec.crop === undefined;
  if (isSmall) return { name: 'whole', sidesOf: (original) => original };
  return sharedPlan(header, spec) ?? ownPlan(spec);
}

function sharedPlan(header: RasterHeader, spec: ThumbnailSpec): DecodePlan | undefined {
  const plan =
    header.format === 'jpeg' && spec.crop === undefined
      ? shrunk(jpegPlanFor({ ...header, ...turned(header, header.orientation) }, spec))
      : scaled(header, spec);
  if (plan === undefined) return undefined;
  const { width, height } = plan.sidesOf(turned(header, header.orientation));
  return width * height > MAX_PIXELS ? undefined : plan;
}

/** Of the thumbnail's own scale. */
function ownPlan({ width, height, fit, crop }: ThumbnailSpec): DecodePlan {
  const box = { width, height, fit, crop };
  const ofWhat = crop === undefined ? '' : ` of ${formatRegion(crop)}`;
  const name = `${width ?? 'any'}x${height ?? 'any'} ${fit}${ofWhat}`;
  return { name, sidesOf: (original) => scaledSides(original, box) };
}

function shrunk({ shrink, detail, hasIntermediate }: JpegPlan): DecodePlan | undefined {
  if (!hasIntermediate) return undefined;
  return { name: `1/${shrink} ${detail}`, sidesOf: (original) => sidesAfter(original, shrink) };
}

function scaled(header: RasterHeader, spec: ThumbnailSpec): DecodePlan | undefined {
  const scale = Math.max(...possibleSides(header).map((sides) => spareOf(header) * classScale(sides, spec)));
  if (scale >= 1) return undefined;
  const { crop } = spec;
  const longestPx = Math.round(longestPossible(header, crop) * scale);
  const box = { width: longestPx, height: longestPx, fit: 'inside', crop } as const;
  const ofWhat = crop === undefined ? '' : ` of ${formatRegion(crop)}`;
  return { name: `${longestPx} px${ofWhat}`, sidesOf: (original) => thumbnailSides(original, box) };
}

/** The longest side of what is made smaller. */
function longestPossible(header: RasterHeader, crop: Region | undefined): number {
  const areas = possibleSides(header).map((sides) => areaOf(crop, sides));
  return Math.max(...areas.flatMap(({ width, height }) => [width, height]));
}

function spareOf({ format }: RasterHeader): number {
  return format === 'webp' ? SPARE_OF_WEBP : SPARE;
}

/** By which an image is as large as the largest thumbnails of its class. */
function classScale(sides: Sides, box: TargetBox): number {
  const { sidePx, limitPx } = decisiveSide(sides, box);
  const classPx = Math.max(SMALLEST_CLASS_PX, 2 ** Math.ceil(Math.log2(limitPx)));
  return classPx / sidePx;
}

/** What the upright sides may be: an AVIF or a HEIC can be turned by other means than EXIF, which its header does not tell. */
export function possibleSides(header: RasterHeader): readonly Sides[] {
  const upright = turned(header, header.orientation);
  return ['avif', 'heic'].includes(header.format)
    ? [upright, { width: header.height, height: header.width }]
    : [upright];
}

function decodesQuickly({ format, progressive, width, height }: RasterHeader): boolean {
  const nanoseconds = format === 'jpeg' && progressive ? OF_PROGRESSIVE_JPEG : NANOSECONDS_PER_PIXEL[format];
  return (width * height * nanoseconds) / 1e6 < QUICK_MS;
}

/** Nanoseconds of processor time that decoding takes for each pixel, on one core of 2024. */
const NANOSECONDS_PER_PIXEL: Readonly<Record<InputFormat, number>> = {
  jpeg: 1.7,
  png: 9,
  gif: 9,
  tiff: 9,
  bmp: 15,
  ico: 15,
  webp: 10,
  avif: 45,
  heic: 100,
  // Drawn in the size that is asked for, each time.
  svg: 0,
};
const OF_PROGRESSIVE_JPEG = 7.5;
