import type { Sharp } from 'sharp';
import { type HexColour, WHITE } from '../../domain/image/colour.ts';
import { DEFAULT_QUALITIES } from '../../domain/image/formats.ts';
import type { Encoding } from './encodings.ts';

export interface EncoderSettings {
  /** Of the thumbnail's sides. */
  readonly longestPx: number;
  /** Of a lossy format; undefined for the format's own. */
  readonly quality?: number | undefined;
  /** Under what is transparent, where the format has no transparency. */
  readonly background?: HexColour | undefined;
}

/**
 * How thumbnails are encoded. Times are processor milliseconds for a photograph at 256 px on one core of 2024, sizes
 * those of its file, fidelity the PSNR against the pixels that were encoded.
 *
 * To change them, raise the version in the cache's key.
 */
export function encodeAs(
  pixels: Sharp,
  encoding: Encoding,
  { longestPx, quality, background = WHITE }: EncoderSettings,
): Sharp {
  switch (encoding) {
    case 'avif':
      // Effort 0 takes 5 ms where the default, 4, takes 190 for a tenth fewer bytes. Quality 60 is as faithful as
      // WebP's 80 (34 and 35 dB at 128 px) at two thirds of its bytes.
      return pixels.avif({ quality: quality ?? DEFAULT_QUALITIES.avif, effort: 0 });
    case 'webp':
      // Effort 2: 3.1 ms, 8.6 kB, 35.8 dB. The default, 4: 6.3 ms, 8.3 kB, 36.1 dB.
      return pixels.webp(webpSettings(quality));
    case 'webp-drawing':
      // Of 33 logos at 64 px: 35.5 dB instead of 34.6, and 25.5 instead of 23.7 of the worst, at 6 % more bytes.
      return pixels.webp({ ...webpSettings(quality), smartSubsample: true });
    case 'webp-lossless':
      // Effort 2, for drawings alone: of a photograph it makes 75 kB.
      return pixels.webp({ lossless: true, effort: 2 });
    case 'jpeg':
      // 1.2 ms, 11 kB. The slower mozjpeg settings take 5.7 ms to save a seventh.
      return pixels.flatten({ background: `#${background}` }).jpeg({
        quality: quality ?? DEFAULT_QUALITIES.jpeg,
        chromaSubsampling: longestPx <= FULL_CHROMA_UP_TO_PX ? '4:4:4' : '4:2:0',
      });
    case 'gif':
      return pixels.gif(GIF);
    case 'png':
      // 3.9 ms, 93 kB. The defaults: 3.2 ms, 137 kB. A palette would take 18 to 130 ms.
      return pixels.png({ compressionLevel: 3, adaptiveFiltering: true });
  }
}

/**
 * Half the colour resolution of a small thumbnail is visible: at 64 px, coloured lettering keeps 14 dB with it and
 * 26 dB without. Photographs pay 16 % more bytes at 256 px for that, and no time.
 */
const FULL_CHROMA_UP_TO_PX = 256;

export function webpSettings(quality: number | undefined) {
  return { quality: quality ?? DEFAULT_QUALITIES.webp, effort: 2 } as const;
}

/** Effort 1: 98 ms for each frame of 480 by 360 pixels; 3 takes 131, and 7, the default, 928 for 8 % fewer bytes. */
export const GIF = { effort: 1 } as const;
