import { framesFor, asStill } from '../../domain/image/animation.ts';
import { embeddedFor } from '../../domain/image/embedded-thumbnail.ts';
import { groundOf } from '../../domain/image/colour.ts';
import { sidesForBox } from '../../domain/image/drawn-sides.ts';
import { type OutputChoice, lossyFormatsOf } from '../../domain/image/formats.ts';
import type { ImageFile } from '../../domain/image/image-file.ts';
import type { RasterHeader } from '../../domain/image/image-header.ts';
import { type IntermediateImage, hasAlpha } from '../../domain/image/intermediate-image.ts';
import { areaOf } from '../../domain/image/region.ts';
import { type Sides, shrinkFor, thumbnailSides, turned } from '../../domain/image/target-box.ts';
import type { ThumbnailSpec } from '../../domain/request/thumbnail-spec.ts';
import { av1Pixels, decoderBytes, needsDepth, type ScaledSize, shrinkOnLoad } from './decoder-memory.ts';
import { decodePlanFor, possibleSides } from './plan.ts';

/**
 * All figures here and in `decoder-memory.ts` were measured with sharp 0.35.5, and `scripts/measure-memory.ts`
 * measures them again: the growth of a process, over what it held before it made one thumbnail. They are rounded up.
 */
const BASE_BYTES = 6 * 1024 * 1024;
const HEADROOM = 1.1;

/** Profiles and EXIF are kept, parsed and handed on: 18 MB of EXIF in a PNG took 106 MB. */
const COPIES_OF_METADATA = 6;

/** Most bytes that making this thumbnail holds beyond the file's own. */
export function memoryCost(file: ImageFile, spec: ThumbnailSpec): number {
  const header = decodedHeader(file.header, spec);
  const frames = framesFor(file, spec);
  if (frames > 1) return animationCost(file, frames, spec);
  const plan = decodePlanFor(file, asStill(spec));
  if (plan === undefined) return costOf(header, file.bytes.length, spec);
  const sides = plan.sidesOf(turned(header, header.orientation));
  const bytes = pixelsOf(sides) * header.channels;
  // The intermediate image is there while it is made, and while the thumbnail is made of it: never both at their most.
  const asThumbnail = { ...spec, ...sides, fit: 'inside', format: 'png' } as const;
  return Math.max(
    costOf(header, file.bytes.length, asThumbnail),
    costOfPixels(bytes, header.hasAlpha, spec, {
      ...scaledSize(header, spec),
      pixels: mostPixels(header, spec),
    }),
  );
}

/** The same, of an image that is plain pixels already: some copies of it, and the encoder. */
export function memoryCostOfIntermediate(image: IntermediateImage, spec: ThumbnailSpec): number {
  const sides = sidesForBox(image.original, spec);
  const thumbnail = { shrink: shrinkFor(sides, spec), pixels: encodedPixels(sides, spec) };
  return costOfPixels(image.pixels.byteLength, hasAlpha(image), spec, thumbnail);
}

/** All frames of the source as plain pixels, of a WebP twice, those of the thumbnail twice, and the encoder, which takes one at a time. */
function animationCost(
  { bytes: { length: fileBytes }, header }: ImageFile,
  frames: number,
  spec: ThumbnailSpec,
): number {
  const pixels = pixelsOf(header);
  const thumbnailPixels = mostPixels(header, spec);
  const bytes =
    decoderBytes(header, fileBytes, { shrink: 1, pixels }) +
    pixels * (frames + 3) * FRAME_PIXEL_BYTES * (header.format === 'webp' ? 2 : 1) +
    thumbnailPixels * (frames * 2 * FRAME_PIXEL_BYTES + 40) +
    detailBytes(mayHaveAlpha(header), scaledSize(header, spec).shrink, spec);
  return Math.ceil(BASE_BYTES + HEADROOM * bytes);
}

const FRAME_PIXEL_BYTES = 4;

function costOf(header: RasterHeader, fileBytes: number, spec: ThumbnailSpec): number {
  const scaled = scaledSize(header, spec);
  // What is cut out of an image is cut out at full size.
  const decoded = spec.crop === undefined ? scaled : { shrink: 1, pixels: pixelsOf(header) };
  const bytes =
    decoderBytes(header, fileBytes, decoded) +
    (header.isRewritten ? fileBytes : 0) +
    linesBytes(header, { onLoad: shrinkOnLoad(header, decoded), scaled }, spec) +
    turnAndCropBytes(header, scaled, spec) +
    detailBytes(mayHaveAlpha(header), scaled.shrink, spec) +
    cutOutBytes(header, spec) +
    finishBytes(mostPixels(header, spec), header.hasAlpha, spec) +
    header.metadataBytes * COPIES_OF_METADATA;
  return Math.ceil(BASE_BYTES + HEADROOM * bytes);
}

/** With the sides of what is decoded: of a drawing as it is drawn, or of a thumbnail in the file. */
function decodedHeader(header: RasterHeader, spec: ThumbnailSpec): RasterHeader {
  const { width, height } = embeddedFor(header, spec) ?? sidesForBox(header, spec);
  const sides = { ...header, width, height };
  if (header.format !== 'heic' || header.bitDepth === 8 || needsDepth(header)) return sides;
  // Its planes have 16 bits a sample, and what comes out of its decoder has 8.
  return { ...sides, bitDepth: 8, samplesPerPixel: 2 * header.samplesPerPixel };
}

function costOfPixels(
  bytes: number,
  isTransparent: boolean,
  spec: ThumbnailSpec,
  { shrink, pixels }: ScaledSize,
): number {
  const finish = finishBytes(pixels, isTransparent, spec) + detailBytes(isTransparent, shrink, spec);
  return Math.ceil(BASE_BYTES + HEADROOM * (bytes * 3 + finish));
}

function scaledSize(header: RasterHeader, spec: ThumbnailSpec): ScaledSize {
  const { width, height } = areaOf(spec.crop, header);
  const shrink = Math.min(...possibleSides(header).map((sides) => shrinkFor(sides, spec)));
  const pixels = Math.max(1, width / shrink) * Math.max(1, height / shrink);
  return { shrink, pixels };
}

/**
 * libvips keeps bands of lines, as wide as the image, while it scales: so many bytes for each column and channel, half
 * as many again for 16 bits. Of an image with few lines it keeps them all, a few times over.
 */
function linesBytes(
  header: RasterHeader,
  { onLoad, scaled }: { readonly onLoad: number; readonly scaled: ScaledSize },
  spec: ThumbnailSpec,
): number {
  const { width, height, bitDepth } = header;
  // Shades of grey with more than 8 bits may be made colours ahead of all else.
  const channels = bitDepth > 8 ? Math.max(header.channels, header.hasAlpha ? 4 : 3) : header.channels;
  const columns = (width / onLoad) * channels;
  const imageBytes = columns * (height / onLoad) * (bitDepth > 8 ? 2 : 1);
  const isCropped = spec.crop !== undefined || spec.fit === 'cover';
  const bands =
    columns * columnBytes(scaled.shrink, isCropped, longestOf(header, spec)) * (bitDepth > 8 ? 1.5 : 1);
  return Math.min(bands, columns * 500 + imageBytes * 2.5);
}

function columnBytes(shrink: number, isCropped: boolean, longestPx: number): number {
  if (shrink === 1) return isCropped ? 800 : 200;
  if (shrink < 2) return 1000;
  return 1200 + 1000 * Math.min(1, longestPx / 512);
}

/** Turning holds the scaled image once. Looking for the most salient part holds it twice, before it is cropped. */
function turnAndCropBytes(header: RasterHeader, scaled: ScaledSize, { fit, crop }: ThumbnailSpec): number {
  const copies = (header.orientation > 1 && crop === undefined ? 1 : 0) + (fit === 'cover' ? 2.2 : 0);
  return scaled.pixels * Math.max(3, header.channels) * copies;
}

/** What libvips takes to count how often each value of 16 bits occurs, slice by slice. */
const COUNTS_BYTES = 66_000_000;

/** What is looked for by its detail has so many bits where it is multiplied by its transparency, and not scaled after that. */
function detailBytes(hasAlpha: boolean, shrink: number, { fit, position }: ThumbnailSpec): number {
  return hasAlpha && shrink === 1 && fit === 'cover' && position === 'entropy' ? COUNTS_BYTES : 0;
}

/** A GIF is decoded with transparency where any of its frames has some, which its beginning does not tell. */
function mayHaveAlpha({ format, hasAlpha: saysAlpha }: RasterHeader): boolean {
  return saysAlpha || format === 'gif';
}

/** Where something is cut out of an image, all of it is turned first, and libwebp decodes it at full size. */
function cutOutBytes(header: RasterHeader, { crop }: ThumbnailSpec): number {
  if (crop === undefined) return 0;
  const copies = (header.orientation > 1 ? 1 : 0) + (header.format === 'webp' ? 1.4 : 0);
  const sampleBytes = header.bitDepth > 8 ? 2 : 1;
  return pixelsOf(header) * Math.max(3, header.channels) * sampleBytes * copies;
}

/** Bytes for each pixel of the thumbnail, without and with transparency. Transparency that is noise takes a WebP most. */
const ENCODERS: Readonly<Record<OutputChoice, readonly [opaque: number, alpha: number]>> = {
  avif: [38, 52],
  webp: [11, 35],
  jpeg: [12, 12],
  png: [8, 10],
  gif: [20, 24],
  'avif-or-webp': [38, 52],
  'jpeg-or-png': [13, 17],
  'jpeg-or-webp': [13, 38],
  'jpeg-or-avif': [13, 56],
};

/** Padding holds the image and the canvas as plain pixels, ahead of the encoder. */
function finishBytes(pixels: number, hasAlpha: boolean, { fit, format, background }: ThumbnailSpec): number {
  const isPadded = fit === 'contain';
  const isTransparent = hasAlpha || (isPadded && groundOf(format, background)[3] < 255);
  const [opaque, alpha] = ENCODERS[format];
  return pixels * ((isTransparent ? alpha : opaque) + (isPadded ? 8 : 0));
}

/** Most pixels that the thumbnail takes to be encoded. */
function mostPixels(header: RasterHeader, spec: ThumbnailSpec): number {
  return Math.max(...possibleSides(header).map((sides) => encodedPixels(sides, spec)));
}

function encodedPixels(image: Sides, spec: ThumbnailSpec): number {
  const sides = thumbnailSides(image, spec);
  return lossyFormatsOf(spec.format).includes('avif') ? av1Pixels(sides) : pixelsOf(sides);
}

/** The longest side that it has. */
function longestOf(header: RasterHeader, spec: ThumbnailSpec): number {
  const sides = possibleSides(header).map((each) => thumbnailSides(each, spec));
  return Math.max(...sides.flatMap(({ width, height }) => [width, height]));
}

function pixelsOf({ width, height }: Sides): number {
  return width * height;
}
