import type { OutputFormat } from '../domain/formats.ts';

/** What there is to link to. */
export interface LinkedThumbnail {
  /** Scheme and authority of this service. */
  readonly origin: string;
  readonly imageUrl: string;
  /** Largest dimension that was asked for, in pixels. */
  readonly size: number;
  /** Sizes in pixels that anyone may ask for. */
  readonly sizes: readonly number[];
  /** Pixels. */
  readonly original: { readonly width: number; readonly height: number };
  /** Width and height in pixels. */
  readonly thumbnail: { readonly width: number; readonly height: number; readonly format: OutputFormat };
}

/** A text to copy. */
export interface Snippet {
  readonly label: string;
  readonly text: string;
  readonly hint: string;
}

/** From the page itself, whatever its host. */
export function thumbnailHref({ imageUrl, size }: Pick<LinkedThumbnail, 'imageUrl' | 'size'>): string {
  return `/thumbnail?${new URLSearchParams({ url: imageUrl, size: String(size) }).toString()}`;
}

export function snippetsOf(linked: LinkedThumbnail): Snippet[] {
  return [
    {
      label: 'Address of this thumbnail',
      text: linked.origin + thumbnailHref(linked),
      hint: 'Each browser gets the smallest format that it can show.',
    },
    {
      label: 'HTML for a page',
      text: imageElement(linked),
      hint: 'A sharp screen loads a larger size, where there is one. Say in alt what the picture shows.',
    },
    {
      label: 'Command line',
      text: curlCommand(linked),
      hint: 'Saves the thumbnail as a file, in the format shown here.',
    },
  ];
}

function imageElement(linked: LinkedThumbnail): string {
  const { width, height } = linked.thumbnail;
  const src = attribute('src', linked.origin + thumbnailHref(linked));
  const srcset = attribute('srcset', sourceSet(linked));
  return `<img ${src}\n  ${srcset}\n  sizes="${width}px" width="${width}" height="${height}" alt="">`;
}

/** Each width once: beyond the first size that holds the whole original, all give the same picture. */
function sourceSet({ origin, imageUrl, sizes, original }: LinkedThumbnail): string {
  const ascending = sizes.toSorted((a, b) => a - b);
  const whole = ascending.findIndex((size) => size >= Math.max(original.width, original.height));
  const useful = whole === -1 ? ascending : ascending.slice(0, whole + 1);
  const sizeByWidth = new Map(useful.map((size) => [widthWithin(size, original), size]));
  return [...sizeByWidth]
    .map(([width, size]) => `${origin}${thumbnailHref({ imageUrl, size })} ${width}w`)
    .join(',\n    ');
}

/** Of the whole image within size × size, in pixels. */
function widthWithin(size: number, { width, height }: LinkedThumbnail['original']): number {
  return Math.max(1, Math.round(Math.min(1, size / Math.max(width, height)) * width));
}

/** The format is named, as curl itself asks for none. */
function curlCommand({ origin, thumbnail, ...rest }: LinkedThumbnail): string {
  const address = `${origin}${thumbnailHref(rest)}&format=${thumbnail.format}`;
  return `curl --fail --output thumbnail.${thumbnail.format} ${shellQuoted(address)}`;
}

/** As one word of a POSIX shell. */
function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function attribute(name: string, value: string): string {
  return `${name}="${value.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}"`;
}
