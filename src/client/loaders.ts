import { type ThumbnailParameters, thumbnailUrl } from './url.ts';

/** What every loader of a site asks for. */
export interface LoaderOptions {
  /** Where images without a scheme and a host are, such as `https://example.com`: the service needs a whole URL. */
  readonly origin?: string;
  /** Parameters of every thumbnail, such as `{ fit: 'cover' }`. */
  readonly parameters?: Omit<ThumbnailParameters, 'url'>;
}

/** A `loader` of next/image. Next asks for its widths: `THUMBNAIL_SIZES` has to list them; see docs/recipes/next.md. */
export function nextLoader(
  base: string,
  options: LoaderOptions = {},
): (image: { src: string; width: number; quality?: number | undefined }) => string {
  return ({ src, width, quality }) => urlOf(base, src, options, { width, quality });
}

/** What Nuxt Image hands to a provider. */
export interface NuxtModifiers {
  readonly width?: number | string;
  readonly height?: number | string;
  readonly fit?: string;
  readonly format?: string;
  readonly quality?: number | string;
  readonly background?: string;
  readonly position?: string;
}

/** A provider of Nuxt Image: its `getImage`. `baseURL` of the provider's options wins over `base`. */
export function nuxtProvider(base = '', options: LoaderOptions = {}) {
  return {
    getImage(
      src: string,
      { modifiers = {}, baseURL = base }: { modifiers?: NuxtModifiers; baseURL?: string } = {},
    ): { url: string } {
      const { width, height, format, quality, position, fit, background } = modifiers;
      return {
        url: urlOf(baseURL, src, options, {
          ...{ width, height, format, quality },
          fit: fit === undefined ? undefined : (NUXT_FITS[fit] ?? fit),
          position: position?.replace(/^(left|right) (top|bottom)$/, '$2-$1'),
          background: background?.replace(/^#/, '').replace(/^(.)(.)(.)$/, '$1$1$2$2$3$3'),
        }),
      };
    },
  };
}

/** Nothing is stretched here. */
const NUXT_FITS: Readonly<Partial<Record<string, string>>> = { fill: 'cover', outside: 'cover' };

/** What unpic asks of a transformer. */
export interface UnpicOperations {
  readonly width?: number | string | undefined;
  readonly height?: number | string | undefined;
  readonly format?: string | undefined;
  readonly quality?: number | string | undefined;
}

/** A `transformer` of unpic's image components. */
export function unpicTransformer(
  base: string,
  options: LoaderOptions = {},
): (src: string | URL, operations: UnpicOperations) => string {
  return (src, { width, height, format, quality }) =>
    urlOf(base, String(src), options, { width: whole(width), height: whole(height), format, quality });
}

function whole(length: number | string | undefined): number | undefined {
  return length === undefined ? undefined : Math.round(Number(length));
}

/**
 * What is asked for in the one place wins over what is asked for everywhere. Given both sides, the components show the image
 * with these, so that it is cropped to them unless something else is asked for.
 */
function urlOf(
  base: string,
  src: string,
  { origin, parameters = {} }: LoaderOptions,
  asked: Omit<ThumbnailParameters, 'url'>,
): string {
  const url = origin === undefined ? src : new URL(src, origin).href;
  const given = Object.entries(asked).filter(([, value]) => value !== undefined);
  const isBox = asked.width !== undefined && asked.height !== undefined;
  return thumbnailUrl(base, {
    url,
    ...(isBox && { fit: 'cover' }),
    ...parameters,
    ...Object.fromEntries(given),
  });
}
