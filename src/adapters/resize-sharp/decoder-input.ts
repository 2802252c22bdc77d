import sharp, { type Sharp } from 'sharp';
import { CorruptImageError } from '../../domain/errors/index.ts';
import { asBuffer } from '../../domain/image/bytes.ts';
import type { InputFormat } from '../../domain/image/formats.ts';
import type { RasterHeader } from '../../domain/image/image-header.ts';
import type { EmbeddedThumbnail } from '../../domain/image/image-header/raster-header.ts';
import type { DecodedPixels, PixelDecoder } from '../../domain/image/pixel-decoder.ts';
import { stillHeic } from '../../domain/image/still/heic.ts';
import { type Still, framesOf, stillOf } from '../../domain/image/still/still.ts';
import { drawingOf } from '../../domain/image/still/svg.ts';
import type { Sides } from '../../domain/image/target-box.ts';
import { bitmapOf } from './bitmaps/bitmap.ts';
import type { PlainPixels } from './canvas.ts';
import { inSixteenBits } from './colours/srgb-pixels.ts';
import { repairedJpeg } from './damaged/repair-jpeg.ts';
import { repairedPng } from './damaged/repair-png.ts';
import { needsDepth } from './decoder-memory.ts';
import { withoutHidden } from './hidden-parts.ts';

/** Those of formats that libvips does not decode. */
export type PixelDecoders = Readonly<Partial<Record<InputFormat, PixelDecoder>>>;

interface InputOptions {
  readonly decoders: PixelDecoders;
  readonly isLenient: boolean;
  readonly isAnimation: boolean;
  /** Of a drawing, in which it is drawn. */
  readonly sides: Sides;
  /** What is decoded instead of the picture. */
  readonly embedded: EmbeddedThumbnail | undefined;
}

/** A file that libvips decodes, or pixels. */
export type DecoderInput = Still | PlainPixels | DecodedPixels;

/** What libvips is given of the file: what a decoder of its own takes, or pixels. */
export async function inputOf(
  header: RasterHeader,
  needed: Uint8Array,
  { decoders, isLenient, isAnimation, sides, embedded }: InputOptions,
): Promise<DecoderInput> {
  const file = asBuffer(needed);
  if (header.format === 'svg') return { bytes: within(() => drawingOf(file, header, sides)), page: 0 };
  if (header.format === 'heic') {
    const { hasAlpha } = header;
    const picture = within(() => stillHeic(file, embedded));
    const options = { maxPixels: sides.width * sides.height, hasAlpha, isDeep: needsDepth(header) };
    return decoderOf(decoders, 'heic').decode(picture, options);
  }
  const bitmap = within(() => bitmapOf(header.format, file, { isLenient }));
  if (bitmap !== undefined) return bitmap;
  const still = isAnimation ? framesOf(header, needed) : stillOf(header, needed);
  const seen = withoutHidden(still.bytes, header);
  const bytes = isLenient ? await repaired(seen, header.format) : seen;
  if (bytes === undefined) throw corrupt('no pixel can be decoded');
  return { ...still, bytes };
}

/** A new pipeline of pixels. */
export function pipelineOf({ pixels, ...sides }: PlainPixels | DecodedPixels): Sharp {
  const opened = sharp(pixels, { raw: sides });
  return pixels instanceof Uint16Array ? inSixteenBits(opened) : opened;
}

/** Where pixels have fewer bits than the file. */
export function depthOf(input: DecoderInput): number | undefined {
  return 'pixels' in input && !(input.pixels instanceof Uint16Array) ? 8 : undefined;
}

function decoderOf(decoders: PixelDecoders, format: InputFormat): PixelDecoder {
  const decoder = decoders[format];
  if (decoder === undefined) throw new TypeError(`no decoder of ${format} in this process`);
  return decoder;
}

/** What reads beyond the end of a file finds it corrupt. */
function within<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw error instanceof RangeError ? new CorruptImageError({ cause: error }) : error;
  }
}

async function repaired(file: Uint8Array, format: InputFormat): Promise<Uint8Array | undefined> {
  if (format === 'jpeg') return repairedJpeg(file);
  return format === 'png' ? repairedPng(file) : file;
}

export function corrupt(reason: string): CorruptImageError {
  return new CorruptImageError({ cause: new Error(reason) });
}
