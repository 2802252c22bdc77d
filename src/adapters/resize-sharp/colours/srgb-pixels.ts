import type { Sharp } from 'sharp';
import type { CodedColours } from '../../../domain/image/coded-colours.ts';
import type { IntermediateImage } from '../../../domain/image/intermediate-image.ts';
import { toSrgb } from './to-srgb.ts';

/** How pixels come out of their decoder. */
export interface PixelCoding {
  readonly colours: CodedColours;
  readonly bitDepth: number;
}

type PlainPixels = Pick<IntermediateImage, 'pixels' | 'width' | 'height' | 'channels'>;

/** The pixels of a pipeline in sRGB; those without a coding of their own are in it already. */
export async function srgbPixels(image: Sharp, coding: PixelCoding | undefined): Promise<PlainPixels> {
  const isDeep = coding !== undefined && coding.bitDepth > 8;
  const { data, info } = await image
    .raw({ depth: isDeep ? 'ushort' : 'uchar' })
    .toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  if (coding === undefined) return { pixels: data, width, height, channels };
  if (coding.colours.inks === true) return { pixels: withoutInks(data), width, height, channels: 3 };
  const samples = isDeep ? new Uint16Array(data.buffer, data.byteOffset, data.length / 2) : data;
  // Samples of 10 or 12 bits lie in the highest bits of 16.
  const maximum = isDeep ? 65_536 - 2 ** (16 - coding.bitDepth) : 255;
  return { pixels: toSrgb({ samples, channels, maximum }, coding.colours), width, height, channels };
}

/** The pipeline of a deep image, with as many bits as there are. */
export function inSixteenBits(image: Sharp): Sharp {
  return image.pipelineColourspace('rgb16').toColourspace('rgb16');
}

const INKS = 4;
const COLOURS = 3;
const FULL = 255;

/** What four inks (cyan, magenta, yellow and black) leave of the red, green and blue of white paper. */
function withoutInks(inks: Uint8Array): Uint8Array {
  const pixels = new Uint8Array((inks.length / INKS) * COLOURS);
  for (let from = 0, to = 0; from < inks.length; from += INKS, to += COLOURS) {
    const light = FULL - (inks[from + COLOURS] ?? 0);
    for (let colour = 0; colour < COLOURS; colour += 1) {
      pixels[to + colour] = Math.round(((FULL - (inks[from + colour] ?? 0)) * light) / FULL);
    }
  }
  return pixels;
}
