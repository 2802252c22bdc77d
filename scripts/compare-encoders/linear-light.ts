import sharp, { type OutputInfo, type Sharp } from 'sharp';
import { lightOf, srgbSample } from '../../src/adapters/resize-sharp/colours/transfer-curves.ts';

/** Plain RGB, 8 bits a sample. */
export interface Rgb {
  readonly data: Buffer;
  readonly info: OutputInfo;
}

const DEEPEST = 65_535;
const TO_LIGHT = Uint16Array.from({ length: 256 }, (_, sample) =>
  Math.round(lightOf('srgb', sample / 255) * DEEPEST),
);
const FROM_LIGHT = Uint8Array.from({ length: DEEPEST + 1 }, (_, light) =>
  Math.round(srgbSample(light / DEEPEST) * 255),
);

/** The image in that size, as a lens would make it: what is averaged is light, in 16 bits, and not the samples of sRGB. */
export async function reducedInLight(image: Rgb, sides: Pick<OutputInfo, 'width' | 'height'>): Promise<Rgb> {
  const { width, height, channels } = image.info;
  const light = Uint16Array.from(image.data, (sample) => TO_LIGHT[sample] ?? 0);
  const { data, info } = await sharp(light, { raw: { width, height, channels } })
    .pipelineColourspace('rgb16')
    .toColourspace('rgb16')
    .resize(sides.width, sides.height, { fit: 'fill' })
    .raw({ depth: 'ushort' })
    .toBuffer({ resolveWithObject: true });
  const reduced = new Uint16Array(data.buffer, data.byteOffset, data.length / 2);
  return { data: Buffer.from(Uint8Array.from(reduced, (deep) => FROM_LIGHT[deep] ?? 0)), info };
}

export function rgbOf(image: Sharp): Promise<Rgb> {
  return image.removeAlpha().toColourspace('srgb').raw().toBuffer({ resolveWithObject: true });
}

export function opened({ data, info: { width, height, channels } }: Rgb): Sharp {
  return sharp(data, { raw: { width, height, channels } });
}
