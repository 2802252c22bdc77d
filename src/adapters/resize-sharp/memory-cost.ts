import type { OutputChoice } from '../../domain/image/formats.ts';
import type { ImageFile } from '../../domain/image/image-file.ts';
import type { RasterHeader } from '../../domain/image/image-header.ts';
import { type IntermediateImage, hasAlpha } from '../../domain/image/intermediate-image.ts';
import { decisiveSide } from '../../domain/image/target-box.ts';
import type { ThumbnailSpec } from '../../domain/request/thumbnail-spec.ts';
import { decoderBytes, type ScaledSize, shrinkOnLoad } from './decoder-memory.ts';
import { decodePlanFor } from './plan.ts';

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
  const { header } = file;
  if (header === undefined) return drawingBytes(spec);
  const plan = decodePlanFor(file, spec);
  if (plan === undefined) return costOf(header, file.bytes.length, spec);
  const { width, height } = plan.sidesOf(header);
  const pixels = width * height * header.channels;
  // The intermediate image is there while it is made, and while the thumbnail is made of it: never both at their most.
  const asThumbnail = { ...spec, size: Math.max(width, height), fit: 'inside', format: 'png' } as const;
  return Math.max(
    costOf(header, file.bytes.length, asThumbnail),
    costOfPixels(pixels, header.hasAlpha, spec),
  );
}

/** The same, of an image that is plain pixels already: some copies of it, and the encoder. */
export function memoryCostOfIntermediate(image: IntermediateImage, spec: ThumbnailSpec): number {
  return costOfPixels(image.pixels.byteLength, hasAlpha(image), spec);
}

function costOf(header: RasterHeader, fileBytes: number, spec: ThumbnailSpec): number {
  const scaled = scaledSize(header, spec);
  const bytes =
    decoderBytes(header, fileBytes, scaled) +
    linesBytes(header, scaled, spec) +
    turnAndCropBytes(header, scaled, spec) +
    encoderBytes(scaled, header.hasAlpha, spec) +
    header.metadataBytes * COPIES_OF_METADATA;
  return Math.ceil(BASE_BYTES + HEADROOM * bytes);
}

function costOfPixels(bytes: number, isTransparent: boolean, spec: ThumbnailSpec): number {
  const scaled = { shrink: 1, pixels: spec.size * spec.size };
  return Math.ceil(BASE_BYTES + HEADROOM * (bytes * 3 + encoderBytes(scaled, isTransparent, spec)));
}

function scaledSize({ width, height }: RasterHeader, { fit, size }: ThumbnailSpec): ScaledSize {
  const shrink = Math.max(1, decisiveSide({ width, height }, fit) / size);
  const pixels = Math.max(1, width / shrink) * Math.max(1, height / shrink);
  return { shrink, pixels };
}

/**
 * libvips keeps bands of lines, as wide as the image, while it scales: so many bytes for each column and channel, half
 * as many again for 16 bits. Of an image with few lines it keeps them all, a few times over.
 */
function linesBytes(header: RasterHeader, scaled: ScaledSize, { size }: ThumbnailSpec): number {
  const { width, height, bitDepth } = header;
  // Shades of grey with more than 8 bits are made colours ahead of all else.
  const channels = bitDepth > 8 ? Math.max(header.channels, header.hasAlpha ? 4 : 3) : header.channels;
  const onLoad = shrinkOnLoad(header, scaled);
  const columns = (width / onLoad) * channels;
  const imageBytes = columns * (height / onLoad) * (bitDepth > 8 ? 2 : 1);
  const bands = columns * columnBytes(scaled.shrink, size) * (bitDepth > 8 ? 1.5 : 1);
  return Math.min(bands, columns * 500 + imageBytes * 2.5);
}

function columnBytes(shrink: number, size: number): number {
  if (shrink === 1) return 200;
  if (shrink < 2) return 1000;
  return 1200 + 1000 * Math.min(1, size / 512);
}

/** Turning holds the scaled image once. Looking for the most salient part holds it twice, before it is cropped. */
function turnAndCropBytes(header: RasterHeader, scaled: ScaledSize, { fit }: ThumbnailSpec): number {
  const copies = (header.orientation > 1 ? 1 : 0) + (fit === 'cover' ? 2.2 : 0);
  return scaled.pixels * Math.max(3, header.channels) * copies;
}

/** Bytes for each pixel of the thumbnail, without and with transparency. */
const ENCODERS: Readonly<Record<OutputChoice, readonly [opaque: number, alpha: number]>> = {
  avif: [38, 52],
  webp: [11, 26],
  jpeg: [12, 12],
  png: [8, 10],
  'avif-or-webp': [38, 52],
  'jpeg-or-png': [13, 17],
};

function encoderBytes(scaled: ScaledSize, hasAlpha: boolean, { size, format }: ThumbnailSpec): number {
  const [opaque, alpha] = ENCODERS[format];
  return Math.min(scaled.pixels, size * size) * (hasAlpha ? alpha : opaque);
}

/**
 * A drawing is drawn at the thumbnail's size; to `cover`, it may first be as long as sharp allows. What images and
 * filters inside it take cannot be told, which is one more reason to leave SVG off where sources are not trusted.
 */
function drawingBytes(spec: ThumbnailSpec): number {
  const pixels = spec.size * (spec.fit === 'inside' ? spec.size : 32767);
  return BASE_BYTES + pixels * 12 + encoderBytes({ shrink: 1, pixels }, true, spec);
}
