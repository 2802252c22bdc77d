import { jpegShrinkFor } from '../../domain/image/shrink-on-load.ts';
import type { RasterHeader } from '../../domain/image/image-header.ts';
import type { Sides } from '../../domain/image/target-box.ts';

/** What the decoder's own code and tables take when they are used for the first time: deep ones, transparency. */
const AV1_BYTES = 6_000_000;

/** Planes have borders, so that those of a single row or column take as much as those of so many. */
const NARROWEST_AV1_PX = 96;

/** Pixels that a picture takes the decoder or the encoder of AVIF for. */
export function av1Pixels({ width, height }: Sides): number {
  return Math.max(NARROWEST_AV1_PX, width) * Math.max(NARROWEST_AV1_PX, height);
}

/** libheif's own memory as it begins. */
const HEVC_BYTES = 8_000_000;

/** Rows of blocks are padded, on either side, too. */
const NARROW_PX = 2000;

/** libwebp's largest, with the largest cache of colours. The smallest that are possible take 5,700 bytes. */
const BYTES_PER_CODE_TABLE = 19_000;

/** Fonts, and what draws text with them. */
const TEXT_BYTES = 12_000_000;

/** The image after scaling, before it is cropped. */
export interface ScaledSize {
  /** By how much both sides are divided, at least 1. */
  readonly shrink: number;
  readonly pixels: number;
}

/** Most bytes that the decoder of the image's format holds by itself. `fileBytes` is the size of the encoded image. */
export function decoderBytes(header: RasterHeader, fileBytes: number, scaled: ScaledSize): number {
  const { width, height, channels, samplesPerPixel, bitDepth } = header;
  const pixels = width * height;
  const sampleBytes = bitDepth > 8 ? 2 : 1;
  switch (header.format) {
    case 'jpeg':
      // In several passes: every coefficient, 16 bits each. In one: some rows of blocks.
      return (
        (header.progressive ? 2.1 * pixels * samplesPerPixel : 0) +
        (width + NARROW_PX) * channels * 32 +
        (header.hidden.length > 0 ? fileBytes : 0)
      );
    case 'heic':
      // Planes of the picture and of what it is made from, and the RGB image.
      return (
        pixels * (2 * samplesPerPixel * sampleBytes + channels * (needsDepth(header) ? 2 : 1)) +
        HEVC_BYTES +
        2 * fileBytes
      );
    case 'bmp':
      // The pixels, and before that what each takes from its palette.
      return pixels * (channels + 1);
    case 'ico':
      // With its mask, or a PNG.
      return pixels * 6 + pixels * channels * sampleBytes + 2 * fileBytes;
    case 'png':
      // Interlaced: the whole image, and where it is damaged a copy of the file without interlacing. The file is copied
      // where something is cut out of it.
      return (
        (header.progressive ? pixels * channels * sampleBytes + 2 * fileBytes : 0) +
        (header.hidden.length > 0 ? fileBytes : 0)
      );
    case 'webp':
      return (
        pixels * webpBytesPerPixel(header) +
        scaled.pixels * channels +
        header.codeTables * BYTES_PER_CODE_TABLE
      );
    case 'gif':
      // Canvas and palette image, and what is kept of each frame: 1.3 million frames in 19 MB took 94 MB.
      return pixels * 4.2 + fileBytes * 5;
    case 'avif':
      // Planes of 16-bit samples with borders, filters' copies of them, the RGB image; planes of frames that are referred
      // to, of which there are up to eight. An item's bytes are copied twice, once to know the sides and once to decode, which
      // may overlap; and all of the file where something is hidden.
      return (
        av1Pixels(header) *
          (13.5 + (2.3 + Math.min(8, header.frames - 1) * 1.2) * samplesPerPixel * sampleBytes) +
        AV1_BYTES +
        fileBytes * (header.hidden.length > 0 ? 5 : 4)
      );
    case 'tiff':
      // A strip may be the whole image, once packed and once not.
      return 2 * pixels * channels * Math.ceil(bitDepth / 8);
    case 'svg':
      // Its pixels, of which groups and filters have copies; its tree counts as metadata. What images and filters in it take
      // besides cannot be told: its decoder is held to this.
      return TEXT_BYTES + pixels * 8;
  }
}

/** Whether a decoder that is not libvips' is asked for samples of 16 bits: high dynamic range shows in fewer. */
export function needsDepth({ bitDepth, colours }: RasterHeader): boolean {
  return bitDepth > 8 && (colours?.transfer === 'pq' || colours?.transfer === 'hlg');
}

/** How many times fewer pixels each way the decoder is asked for. Of inks that no profile describes, sharp asks for all. */
export function shrinkOnLoad(header: RasterHeader, { shrink }: ScaledSize): number {
  const isWhole = header.lossless || header.colours?.inks === true;
  if (header.format === 'jpeg') return isWhole ? 1 : jpegShrinkFor(shrink);
  return header.format === 'webp' && !header.animated ? shrink : 1;
}

/** Lossy colour is scaled as it is decoded; transparency and lossless pixels are held in full. */
function webpBytesPerPixel(header: RasterHeader): number {
  if (header.animated) return 20;
  if (header.lossless) return 4.2;
  if (header.losslessAlpha) return 5.2;
  return header.hasAlpha ? 2.2 : 0;
}
