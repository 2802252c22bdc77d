import type { Sharp } from 'sharp';

type Encode = (image: Sharp) => Sharp;
const jpeg: Encode = (image) => image.jpeg({ quality: 82 });
const progressive: Encode = (image) => image.jpeg({ quality: 82, progressive: true });
const png: Encode = (image) => image.png();
const alphaPng: Encode = (image) => image.ensureAlpha(0.6).png({ compressionLevel: 6 });
const webp: Encode = (image) => image.webp({ quality: 80, effort: 2 });
const avif: Encode = (image) => image.avif({ quality: 60, effort: 0 });
const gif: Encode = (image) => image.gif({ effort: 3 });

/** Name, width, height, how it is encoded, and frames, of which more than one makes an animation. */
export type MadeSource = readonly [string, number, number, Encode, frames?: number];

/** Sources that are made: what people have, from 1 to 24 megapixels, in each format that is taken by default. */
export const CATALOGUE: readonly MadeSource[] = [
  ['jpeg-1', 1280, 853, jpeg],
  ['jpeg-6', 3000, 2000, jpeg],
  ['jpeg-12', 4000, 3000, jpeg],
  ['jpeg-24', 6000, 4000, jpeg],
  ['jpeg-2-progressive', 1920, 1080, progressive],
  ['jpeg-12-progressive', 4000, 3000, progressive],
  ['jpeg-24-progressive', 6000, 4000, progressive],
  ['png-1', 1280, 853, png],
  ['png-3-alpha', 2000, 1500, alphaPng],
  ['webp-3', 2000, 1500, webp],
  ['webp-12', 4000, 3000, webp],
  ['avif-3', 2000, 1500, avif],
  ['gif-animated', 640, 480, gif, 24],
  ['webp-animated', 640, 480, webp, 24],
];

/** Each format at the same two sizes. */
export const SERVER_SOURCES: readonly MadeSource[] = [
  ['jpeg-2', 1920, 1080, jpeg],
  ['jpeg-12', 4000, 3000, jpeg],
  ['png-2', 1920, 1080, png],
  ['png-12', 4000, 3000, png],
  ['webp-2', 1920, 1080, webp],
  ['webp-12', 4000, 3000, webp],
  ['avif-2', 1920, 1080, avif],
  ['avif-12', 4000, 3000, avif],
];
