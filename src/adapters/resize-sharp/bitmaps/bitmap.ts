import type { InputFormat } from '../../../domain/image/formats.ts';
import { bmpLayoutOf } from '../../../domain/image/image-header/bmp.ts';
import { largestOf } from '../../../domain/image/image-header/ico.ts';
import { isPng } from '../../../domain/image/image-header/png.ts';
import type { PlainPixels } from '../canvas.ts';
import { type BitmapOptions, decodeBmp } from './bmp.ts';
import { decodeIconPicture } from './icon.ts';

/**
 * The pixels of a BMP, or of the largest picture of an icon unless that is a PNG.
 *
 * @throws RangeError where pixels are missing, unless it is lenient
 */
export function bitmapOf(format: InputFormat, file: Buffer, options: BitmapOptions): PlainPixels | undefined {
  if (format === 'bmp') return decodeBmp(file, bmpLayoutOf(file), options);
  if (format !== 'ico') return undefined;
  const { bytes } = largestOf(file);
  return isPng(bytes) ? undefined : decodeIconPicture(bytes, options);
}
