import { type ThumbnailParameters, thumbnailUrl } from './url.ts';

/** What an image is shown in. */
export interface ResponsiveOptions {
  /** Widths in pixels that the browser may choose from; without them it chooses by the density of its screen. */
  readonly widths?: readonly number[];
  /** How wide the image is in the page, as `sizes` of HTML says it: `(max-width: 600px) 100vw, 600px`. */
  readonly sizes?: string;
}

/** Attributes of an `<img>`; those that are not known are left out. */
export interface ImageAttributes {
  readonly src: string;
  readonly srcset: string;
  readonly sizes?: string;
  readonly width?: number;
  readonly height?: number;
}

/** Attributes of an `<img>` that loads no more pixels than are shown. */
export function imgAttributes(
  base: string,
  parameters: ThumbnailParameters,
  { widths = [], sizes }: ResponsiveOptions = {},
): ImageAttributes {
  const [width, height] = hasOtherShape(parameters)
    ? []
    : [lengthOf(parameters.width), lengthOf(parameters.height)];
  return {
    src: thumbnailUrl(base, parameters),
    srcset: sourceSet(base, parameters, widths),
    ...(sizes !== undefined && { sizes }),
    ...(width !== undefined && { width }),
    ...(height !== undefined && { height }),
  };
}

/** Within a box, a picture keeps its own shape, which only the service knows: the sides of the box would distort it. */
function hasOtherShape({ width, height, fit }: ThumbnailParameters): boolean {
  return width !== undefined && height !== undefined && fit !== 'cover' && fit !== 'contain';
}

export interface PictureOptions extends ResponsiveOptions {
  /** The best first. AVIF and WebP if not given. */
  readonly formats?: readonly ('avif' | 'webp' | 'jpeg' | 'png')[];
}

/** A `<picture>`: for caches that cannot tell clients apart by `Accept`, since each format has URLs of its own. */
export interface PictureAttributes {
  readonly sources: readonly { readonly type: string; readonly srcset: string; readonly sizes?: string }[];
  /** For browsers that take none of the formats: JPEG, or what `format` names. */
  readonly img: ImageAttributes;
}

export function pictureAttributes(
  base: string,
  parameters: ThumbnailParameters,
  { formats = ['avif', 'webp'], ...responsive }: PictureOptions = {},
): PictureAttributes {
  const { widths = [], sizes } = responsive;
  return {
    sources: formats.map((format) => ({
      type: `image/${format}`,
      srcset: sourceSet(base, { ...parameters, format }, widths),
      ...(sizes !== undefined && { sizes }),
    })),
    img: imgAttributes(base, { format: 'jpeg', ...parameters }, responsive),
  };
}

/** The same as HTML. @param alt what the image shows, for those who do not see it */
export function pictureHtml(
  base: string,
  parameters: ThumbnailParameters,
  { alt, ...options }: PictureOptions & { readonly alt: string },
): string {
  const { sources, img } = pictureAttributes(base, parameters, options);
  const elements = [...sources.map((source) => element('source', source)), element('img', { ...img, alt })];
  return `<picture>${elements.join('')}</picture>`;
}

/** Screens with more pixels than these per CSS pixel show no difference. */
const DENSITIES = [1, 2, 3];

function sourceSet(base: string, parameters: ThumbnailParameters, widths: readonly number[]): string {
  if (widths.length === 0) {
    return DENSITIES.map((dpr) => `${thumbnailUrl(base, { ...parameters, dpr })} ${dpr}x`).join(', ');
  }
  return widths.map((width) => `${thumbnailUrl(base, ofWidth(parameters, width))} ${width}w`).join(', ');
}

/** The box in its shape, in pixels of the picture itself; of `size`, the longest side, no width follows. */
function ofWidth(parameters: ThumbnailParameters, width: number): ThumbnailParameters {
  const others = { ...parameters, dpr: undefined };
  const [fullWidth, fullHeight] = [lengthOf(parameters.width), lengthOf(parameters.height)];
  if (fullWidth === undefined || fullHeight === undefined)
    return { ...others, size: undefined, width, height: undefined };
  return { ...others, width, height: Math.max(1, Math.round((width * fullHeight) / fullWidth)) };
}

function lengthOf(value: ThumbnailParameters['width']): number | undefined {
  return value === undefined ? undefined : Number(value);
}

function element(name: string, attributes: object): string {
  const texts = Object.entries(attributes as Readonly<Record<string, string | number>>).map(
    ([attribute, value]) => ` ${attribute}="${escaped(String(value))}"`,
  );
  return `<${name}${texts.join('')}>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
