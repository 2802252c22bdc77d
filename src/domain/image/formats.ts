/** What a thumbnail can be encoded as. */
export const OUTPUT_FORMATS = ['avif', 'webp', 'jpeg', 'png', 'gif'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** Those in which an animation stays one. */
export type AnimatedFormat = Extract<OutputFormat, 'webp' | 'gif'>;

/** What a source can be decoded from, where the operator has switched the decoder on. */
export const INPUT_FORMATS = [
  'jpeg',
  'png',
  'webp',
  'gif',
  'avif',
  'heic',
  'svg',
  'bmp',
  'ico',
  'tiff',
] as const;
export type InputFormat = (typeof INPUT_FORMATS)[number];

/** As people write them. */
export const FORMAT_NAMES: Readonly<Record<InputFormat, string>> = {
  jpeg: 'JPEG',
  png: 'PNG',
  webp: 'WebP',
  gif: 'GIF',
  avif: 'AVIF',
  tiff: 'TIFF',
  heic: 'HEIC',
  svg: 'SVG',
  bmp: 'BMP',
  ico: 'ICO',
};

/** `an AVIF`, `a PNG`: before the name of a format, or a list of them, as people say it. */
export function withArticle(names: string): string {
  return `${/^[AEIOS]/.test(names) ? 'an' : 'a'} ${names}`;
}

/**
 * What the client is to be sent: one format, or the one of two in which this image is smallest at no visible loss. Only
 * the decoded image tells which. JPEG is not chosen for an image that has transparent pixels.
 */
export type OutputChoice = OutputFormat | 'avif-or-webp' | 'jpeg-or-png' | 'jpeg-or-webp' | 'jpeg-or-avif';

/** Formats that lose some of the picture, and their quality where none is asked for: those look alike. */
export const DEFAULT_QUALITIES = { avif: 60, webp: 80, jpeg: 80 } as const;
export type LossyFormat = keyof typeof DEFAULT_QUALITIES;

/** Those of the lossy formats that a thumbnail may come out in. */
export function lossyFormatsOf(choice: OutputChoice): readonly LossyFormat[] {
  switch (choice) {
    case 'png':
    case 'gif':
      return [];
    case 'avif-or-webp':
      return ['avif', 'webp'];
    case 'jpeg-or-png':
      return ['jpeg'];
    case 'jpeg-or-webp':
      return ['jpeg', 'webp'];
    case 'jpeg-or-avif':
      return ['jpeg', 'avif'];
    default:
      return [choice];
  }
}

/**
 * `inside` keeps the whole image within the box; `cover` fills the box and crops the image; `contain` pads the whole image
 * to the box. Where the image is smaller, `cover` keeps the largest part of the box's shape: none of them enlarges.
 */
export const FITS = ['inside', 'cover', 'contain'] as const;
export type Fit = (typeof FITS)[number];

/** The media type of each output format. */
export const MEDIA_TYPES: Readonly<Record<OutputFormat, string>> = {
  avif: 'image/avif',
  webp: 'image/webp',
  jpeg: 'image/jpeg',
  png: 'image/png',
  gif: 'image/gif',
};
