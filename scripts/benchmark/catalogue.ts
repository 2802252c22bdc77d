import type { Sharp } from 'sharp';
import { animated, noisePhotograph } from './noise-photograph.ts';

/** Sources that are made: what people have, from 1 to 24 megapixels, in each format that is taken by default. */
export const CATALOGUE: readonly MadeSource[] = [
  { name: 'jpeg-1', width: 1280, height: 853, encode: (image) => image.jpeg({ quality: 82 }) },
  { name: 'jpeg-6', width: 3000, height: 2000, encode: (image) => image.jpeg({ quality: 82 }) },
  { name: 'jpeg-12', width: 4000, height: 3000, encode: (image) => image.jpeg({ quality: 82 }) },
  { name: 'jpeg-24', width: 6000, height: 4000, encode: (image) => image.jpeg({ quality: 82 }) },
  {
    name: 'jpeg-2-progressive',
    width: 1920,
    height: 1080,
    encode: (image) => image.jpeg({ quality: 82, progressive: true }),
  },
  {
    name: 'jpeg-12-progressive',
    width: 4000,
    height: 3000,
    encode: (image) => image.jpeg({ quality: 82, progressive: true }),
  },
  {
    name: 'jpeg-24-progressive',
    width: 6000,
    height: 4000,
    encode: (image) => image.jpeg({ quality: 82, progressive: true }),
  },
  { name: 'png-1', width: 1280, height: 853, encode: (image) => image.png() },
  {
    name: 'png-3-alpha',
    width: 2000,
    height: 1500,
    encode: (image) => image.ensureAlpha(0.6).png({ compressionLevel: 6 }),
  },
  { name: 'webp-3', width: 2000, height: 1500, encode: (image) => image.webp({ quality: 80, effort: 2 }) },
  { name: 'webp-12', width: 4000, height: 3000, encode: (image) => image.webp({ quality: 80, effort: 2 }) },
  { name: 'avif-3', width: 2000, height: 1500, encode: (image) => image.avif({ quality: 60, effort: 0 }) },
  { name: 'gif-animated', width: 640, height: 480, frames: 24, encode: (image) => image.gif({ effort: 3 }) },
  {
    name: 'webp-animated',
    width: 640,
    height: 480,
    frames: 24,
    encode: (image) => image.webp({ quality: 80, effort: 2 }),
  },
];

export interface MadeSource {
  readonly name: string;
  readonly width: number;
  readonly height: number;
  /** More than one makes it an animation. */
  readonly frames?: number;
  readonly encode: (image: Sharp) => Sharp;
}

export async function makeSource({ width, height, frames = 1, encode }: MadeSource): Promise<Buffer> {
  const image = await (frames === 1 ? noisePhotograph(width, height) : animated(width, height, frames));
  return encode(image).toBuffer();
}
