import sharp, { type Sharp } from 'sharp';
import type { ThumbnailSpec } from '../../src/domain/request/thumbnail-spec.ts';
import { photograph, type PhotographOptions } from '../kit/images.ts';
import { specOf } from '../kit/spec.ts';

export interface MemoryCase {
  readonly name: string;
  /** The image with both sides scaled by `scale`; of one that is to be tiny, no side falls below 16 pixels. */
  readonly make: (scale: number) => Promise<Buffer>;
  readonly specs: readonly ThumbnailSpec[];
}

type Alpha = NonNullable<PhotographOptions['alpha']>;
type Encode = (photo: Sharp) => Sharp;

const SMALL: ThumbnailSpec = specOf({ size: 64, fit: 'inside', format: 'webp' });
const MIDDLE: ThumbnailSpec = specOf({ size: 256, fit: 'inside', format: 'webp' });
const LARGE: ThumbnailSpec = specOf({ size: 2048, fit: 'inside', format: 'webp' });
const SIZES = [SMALL, MIDDLE, LARGE];
const COVER: ThumbnailSpec = specOf({ size: 2048, fit: 'cover', format: 'webp' });
/** Cut, and not scaled. */
const DETAIL: ThumbnailSpec = specOf({
  width: 2048,
  height: 20,
  fit: 'cover',
  position: 'entropy',
  format: 'webp',
});
const ALL_SIZES = [64, 128, 256, 512, 1024, 1500, 2048].map((size) => specOf({ ...SMALL, size }));
const OUTPUTS: ThumbnailSpec[] = [
  LARGE,
  { ...LARGE, format: 'avif' },
  { ...LARGE, format: 'jpeg' },
  { ...LARGE, format: 'png' },
  { ...LARGE, format: 'jpeg-or-png' },
  { ...LARGE, format: 'avif-or-webp' },
];
/** The canvas is larger than the image, and in half of them transparent. */
const PADDED: ThumbnailSpec[] = OUTPUTS.flatMap((output) =>
  [undefined, '204080'].map((background) =>
    specOf({ ...output, width: 2048, height: 2000, fit: 'contain', background }),
  ),
);
const CROPPED: ThumbnailSpec[] = [SMALL, LARGE, COVER].flatMap((spec) =>
  [0.1, 0.9].map((part) => ({ ...spec, crop: { x: 0.05, y: 0.05, width: part, height: part } })),
);
const FINE: ThumbnailSpec[] = OUTPUTS.map((output) => ({ ...output, quality: 100 }));

const jpeg: Encode = (photo) => photo.jpeg({ quality: 85 });
const jpegFullChroma: Encode = (photo) => photo.jpeg({ quality: 85, chromaSubsampling: '4:4:4' });
const progressive: Encode = (photo) => photo.jpeg({ quality: 85, progressive: true });
const progressiveFullChroma: Encode = (photo) =>
  photo.jpeg({ quality: 85, progressive: true, chromaSubsampling: '4:4:4' });
const png: Encode = (photo) => photo.png({ compressionLevel: 1 });
const png16: Encode = (photo) => photo.toColourspace('rgb16').png({ compressionLevel: 1 });
const interlaced: Encode = (photo) => photo.png({ compressionLevel: 1, progressive: true });
const interlaced16: Encode = (photo) =>
  photo.toColourspace('rgb16').png({ compressionLevel: 1, progressive: true });
const webp: Encode = (photo) => photo.webp({ effort: 0 });
const webpLossless: Encode = (photo) => photo.webp({ effort: 0, lossless: true });
const gif: Encode = (photo) => photo.gif({ effort: 1, dither: 0 });
const avif: Encode = (photo) => photo.avif({ effort: 0, chromaSubsampling: '4:2:0' });
const avifFullChroma: Encode = (photo) => photo.avif({ effort: 0 });
const avif10: Encode = (photo) => photo.avif({ effort: 0, bitdepth: 10, chromaSubsampling: '4:2:0' });
const avif12: Encode = (photo) => photo.avif({ effort: 0, bitdepth: 12 });

export const CASES: readonly MemoryCase[] = [
  photo('jpeg 1.2 MP', 1280, 960, jpeg, [
    ...ALL_SIZES,
    ...OUTPUTS.slice(1).map((it) => specOf({ ...it, size: 256 })),
  ]),
  photo('jpeg 12 MP', 4000, 3000, jpeg, [...SIZES, COVER]),
  photo('jpeg 12 MP padded', 4000, 3000, jpeg, PADDED),
  photo('jpeg 12 MP cropped', 4000, 3000, jpeg, CROPPED),
  photo(
    'jpeg 12 MP cropped, turned',
    4000,
    3000,
    (it) => it.jpeg().withMetadata({ orientation: 6 }),
    CROPPED,
  ),
  photo('jpeg progressive 12 MP cropped', 4000, 3000, progressive, CROPPED),
  photo('png 12 MP 16 bit alpha cropped', 4000, 3000, png16, CROPPED, 'fade'),
  photo(
    'png 12 MP 16 bit alpha cropped, turned',
    4000,
    3000,
    (it) => png16(it).withMetadata({ orientation: 6 }),
    CROPPED,
    'fade',
  ),
  photo('webp 12 MP cropped', 4000, 3000, webp, CROPPED),
  photo('webp 12 MP alpha cropped', 4000, 3000, webp, CROPPED, 'fade'),
  photo('gif 4 MP cropped', 2000, 2000, gif, CROPPED),
  photo('avif 4 MP cropped', 2000, 2000, avif, CROPPED),
  photo('jpeg 12 MP fine', 4000, 3000, jpeg, FINE),
  photo('jpeg 12 MP 4:4:4', 4000, 3000, jpegFullChroma, SIZES),
  photo('jpeg 12 MP grey', 4000, 3000, (it) => it.toColourspace('b-w').jpeg(), SIZES),
  photo('jpeg 12 MP CMYK', 4000, 3000, (it) => it.toColourspace('cmyk').jpeg(), SIZES),
  photo('jpeg 48 MP CMYK', 8000, 6000, (it) => it.toColourspace('cmyk').jpeg(), [SMALL, LARGE]),
  photo('jpeg 32 MP wide CMYK', 16383, 2000, (it) => it.toColourspace('cmyk').jpeg(), [SMALL, LARGE]),
  photo('jpeg 12 MP turned', 4000, 3000, (it) => it.jpeg().withMetadata({ orientation: 6 }), SIZES),
  photo('jpeg 48 MP', 8000, 6000, jpeg, SIZES),
  photo('jpeg 40 MP wide', 16000, 2500, jpeg, [SMALL, COVER]),
  photo('jpeg progressive 1.2 MP', 1280, 960, progressive, SIZES),
  photo('jpeg progressive 12 MP', 4000, 3000, progressive, SIZES),
  photo('jpeg progressive 12 MP 4:4:4', 4000, 3000, progressiveFullChroma, [SMALL, LARGE]),
  photo('jpeg progressive 12 MP CMYK', 4000, 3000, (it) => progressive(it.toColourspace('cmyk')), [
    SMALL,
    LARGE,
  ]),
  photo('jpeg progressive 48 MP', 8000, 6000, progressive, [SMALL]),

  photo('png 1.2 MP', 1280, 960, png, SIZES),
  photo('png 12 MP', 4000, 3000, png, [...ALL_SIZES, ...OUTPUTS.slice(1), COVER]),
  photo('png 48 MP', 8000, 6000, png, [SMALL]),
  photo('png 12 MP alpha', 4000, 3000, png, [...ALL_SIZES, ...OUTPUTS.slice(1), COVER], 'fade'),
  photo('png 0.1 MP alpha, its detail', 400, 300, png, [DETAIL], 'fade'),
  noise('png 4 MP noise, transparent too', 2000, 2000),
  photo('png 1.2 MP alpha padded', 1280, 960, png, PADDED, 'fade'),
  photo('png 12 MP palette', 4000, 3000, (it) => it.png({ palette: true, effort: 1, dither: 0 }), [SMALL]),
  photo('png 12 MP 16 bit', 4000, 3000, png16, [SMALL, LARGE]),
  photo('png 12 MP 16 bit alpha', 4000, 3000, png16, ALL_SIZES, 'fade'),
  photo('png 1.2 MP wide alpha', 16383, 73, png, [SMALL, MIDDLE, COVER], 'fade'),
  photo('png 40 MP wide alpha', 16000, 2500, png, [SMALL, MIDDLE, LARGE, COVER], 'fade'),
  photo('png 40 MP wide 16 bit alpha', 16000, 2500, png16, [SMALL, COVER], 'fade'),
  photo('png 40 MP tall 16 bit alpha', 2500, 16000, png16, [SMALL, COVER], 'fade'),
  photo('png interlaced 12 MP', 4000, 3000, interlaced, SIZES),
  photo('png interlaced 12 MP alpha', 4000, 3000, interlaced, SIZES, 'fade'),
  photo('png interlaced 12 MP 16 bit alpha', 4000, 3000, interlaced16, [SMALL, LARGE], 'fade'),

  photo('webp 1.2 MP', 1280, 960, webp, SIZES),
  photo('webp 12 MP', 4000, 3000, webp, [...SIZES, COVER]),
  photo('webp 12 MP alpha', 4000, 3000, webp, SIZES, 'fade'),
  photo('webp 32 MP wide', 16383, 2000, webp, [SMALL, LARGE, COVER]),
  photo('webp lossless 12 MP', 4000, 3000, webpLossless, SIZES),
  photo('webp lossless 12 MP alpha', 4000, 3000, webpLossless, SIZES, 'fade'),
  animated('webp animated 4 MP', 'webp', 2000, 2000),

  photo('gif 4 MP', 2000, 2000, gif, SIZES),
  photo('gif 12 MP', 4000, 3000, gif, SIZES),
  animated('gif animated 4 MP', 'gif', 2000, 2000),
  animation('gif animation 24 × 0.5 MP', 'gif', 800, 600),
  animation('webp animation 24 × 0.5 MP', 'webp', 800, 600),

  photo('avif 1.2 MP', 1280, 960, avif, SIZES),
  photo('avif 4 MP', 2000, 2000, avif, SIZES),
  photo('avif 4 MP grey', 2000, 2000, (it) => avif(it.toColourspace('b-w')), [SMALL]),
  photo('avif 4 MP 4:4:4', 2000, 2000, avifFullChroma, SIZES),
  photo('avif 4 MP 4:4:4 alpha', 2000, 2000, avifFullChroma, SIZES, 'fade'),
  photo('avif 4 MP 10 bit', 2000, 2000, avif10, SIZES),
  photo('avif 4 MP 12 bit 4:4:4', 2000, 2000, avif12, SIZES),
  photo('avif 4 MP 12 bit 4:4:4 alpha', 2000, 2000, avif12, SIZES, 'fade'),
  photo('avif 12 MP', 4000, 3000, avif, [SMALL, LARGE]),
  photo('avif 12 MP 4:4:4 alpha', 4000, 3000, avifFullChroma, [SMALL], 'fade'),
  photo('avif 12 MP wide', 15000, 800, avif, [SMALL, COVER]),

  photo('tiff 12 MP', 4000, 3000, (it) => it.tiff({ compression: 'lzw' }), SIZES),
  photo(
    'tiff 12 MP tiled alpha',
    4000,
    3000,
    (it) => it.tiff({ compression: 'deflate', tile: true }),
    [SMALL],
    'fade',
  ),
  photo('tiff 12 MP 16 bit', 4000, 3000, (it) => it.toColourspace('rgb16').tiff({ compression: 'none' }), [
    SMALL,
  ]),
  drawing('svg', 4000, 3000),
];

function photo(
  name: string,
  width: number,
  height: number,
  encode: Encode,
  specs: readonly ThumbnailSpec[],
  alpha: Alpha = 'none',
): MemoryCase {
  const make = (scale: number) =>
    encode(photograph({ width: scaled(width, scale), height: scaled(height, scale), alpha })).toBuffer();
  return { name, make, specs };
}

/** What compresses least, in every format that may be transparent. */
function noise(name: string, width: number, height: number): MemoryCase {
  const make = (scale: number) => {
    const grain = { type: 'gaussian', mean: 128, sigma: 60 } as const;
    const sides = { width: scaled(width, scale), height: scaled(height, scale) };
    return png(sharp({ create: { ...sides, channels: 4, background: '#000', noise: grain } })).toBuffer();
  };
  const formats = ['webp', 'avif', 'png', 'avif-or-webp', 'jpeg-or-webp', 'jpeg-or-avif'] as const;
  return { name, make, specs: formats.map((format) => ({ ...LARGE, format })) };
}

/** Four frames. */
/** What stays an animation, of 24 frames. */
function animation(name: string, format: 'gif' | 'webp', width: number, height: number): MemoryCase {
  const make = async (scale: number) => {
    const frames = await Promise.all(
      Array.from({ length: 24 }, (_, at) =>
        photograph({ width: scaled(width, scale), height: scaled(height, scale) })
          .modulate({ hue: at * 15 })
          .png({ compressionLevel: 1 })
          .toBuffer(),
      ),
    );
    const joined = sharp(frames, { join: { animated: true } });
    return (format === 'gif' ? gif(joined) : webp(joined)).toBuffer();
  };
  const specs = (['webp', 'gif'] as const).flatMap((output) =>
    [
      { size: 64 },
      { size: 1024 },
      { width: 1200, height: 1200, fit: 'contain' } as const,
      { size: 500, fit: 'cover' } as const,
    ].map((fields) => specOf({ ...fields, format: output, animated: true })),
  );
  return { name, make, specs };
}

function animated(name: string, format: 'gif' | 'webp', width: number, height: number): MemoryCase {
  const make = async (scale: number) => {
    const frame = await png(
      photograph({ width: scaled(width, scale), height: scaled(height, scale), alpha: 'fade' }),
    ).toBuffer();
    const joined = sharp([frame, frame, frame, frame], { join: { animated: true } });
    return (format === 'gif' ? gif(joined) : webp(joined)).toBuffer();
  };
  return { name, make, specs: SIZES };
}

function drawing(name: string, width: number, height: number): MemoryCase {
  const make = (scale: number) => {
    const [w, h] = [scaled(width, scale), scaled(height, scale)];
    const shapes = `<rect width="${w}" height="${h}" fill="#c84"/><circle cx="${w / 2}" cy="${h / 2}" r="${h / 3}"/>`;
    return Promise.resolve(
      Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${w}" height="${h}">${shapes}</svg>`),
    );
  };
  return { name, make, specs: SIZES };
}

function scaled(side: number, scale: number): number {
  return Math.max(16, Math.round(side * scale));
}
