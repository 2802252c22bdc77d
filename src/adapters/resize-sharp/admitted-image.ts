import { CorruptImageError, ImageTooLargeError, UnsupportedImageError } from '../../domain/errors/index.ts';
import type { InputFormat } from '../../domain/image/formats.ts';
import { type RasterHeader, readImageHeader, recogniseFormat } from '../../domain/image/image-header.ts';

export interface InputLimits {
  /** Decoders that are switched on. */
  readonly inputFormats: readonly InputFormat[];
  /** Most pixels that an image may have. */
  readonly maxPixels: number;
}

/** An image whose header was found acceptable. */
export interface AdmittedImage {
  readonly bytes: Uint8Array;
  readonly format: InputFormat;
  /** Absent for SVG, which has no pixels until it is drawn. */
  readonly header: RasterHeader | undefined;
  /** As many as a decoder may find in it. */
  readonly pixels: number;
  readonly bitDepth: number;
  /** Whether a pixel can be transparent. */
  readonly hasAlpha: boolean;
  /** After the EXIF orientation; absent where only the decoder knows it. */
  readonly uprightSize: { readonly width: number; readonly height: number } | undefined;
}

/** @throws UnsupportedImageError, CorruptImageError or ImageTooLargeError where the header says enough to refuse */
export function admitImage(bytes: Uint8Array, limits: InputLimits): AdmittedImage {
  const format = recogniseFormat(bytes);
  if (format === undefined || !limits.inputFormats.includes(format)) {
    throw new UnsupportedImageError(limits.inputFormats);
  }
  if (format === 'svg') return admitDrawing(bytes, limits);
  const header = readImageHeader(format, bytes);
  if (header === undefined) {
    throw new CorruptImageError({ cause: new Error(`the ${format} header cannot be read`) });
  }
  const pixels = header.width * header.height;
  if (pixels > limits.maxPixels) throw tooManyPixels(pixels, limits.maxPixels);
  const { bitDepth, hasAlpha } = header;
  return { bytes, format, header, pixels, bitDepth, hasAlpha, uprightSize: uprightSizeOf(header) };
}

function admitDrawing(bytes: Uint8Array, limits: InputLimits): AdmittedImage {
  const pixels = limits.maxPixels;
  const unknown = { header: undefined, uprightSize: undefined };
  return { bytes, format: 'svg', pixels, bitDepth: 8, hasAlpha: true, ...unknown };
}

/**
 * AVIF can turn and crop by other means than EXIF, and its header is read for the largest of several images. Of a GIF
 * whose frame leaves some of the canvas bare, the decoder may not believe the canvas: the bare part is transparent.
 */
function uprightSizeOf(header: RasterHeader): AdmittedImage['uprightSize'] {
  const { format, width, height, orientation, hasAlpha } = header;
  if (format === 'avif' || (format === 'gif' && hasAlpha)) return undefined;
  return orientation >= 5 ? { width: height, height: width } : { width, height };
}

function tooManyPixels(pixels: number, maxPixels: number): ImageTooLargeError {
  const [has, takes] = [Math.ceil(pixels / 1e5) / 10, Math.floor(maxPixels / 1e5) / 10];
  return new ImageTooLargeError(`The image has ${has} megapixels, and this server takes ${takes} at most.`);
}
