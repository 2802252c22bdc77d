import type { InputFormat, OutputFormat } from '../../domain/image/formats.ts';
import type { OptionTexts } from '../../domain/request/request-options.ts';
import type { SourceView } from './page-source.ts';

/** What there is to copy from. */
export interface ShownThumbnail {
  /** Where this service is: scheme, authority and base path. */
  readonly origin: string;
  readonly source: SourceView;
  /** What was chosen, as an address says it. */
  readonly options: OptionTexts;
  /** Sizes in pixels that anyone may ask for. */
  readonly sizes: readonly number[];
  /** Pixels. */
  readonly original: { readonly width: number; readonly height: number; readonly format: InputFormat };
  /** Width and height in pixels. */
  readonly thumbnail: { readonly width: number; readonly height: number; readonly format: OutputFormat };
}

/** A text to copy. */
export interface Snippet {
  readonly label: string;
  readonly text: string;
  readonly hint: string;
}

/** One whose image has an address that this service fetches from. */
type LinkedThumbnail = Omit<ShownThumbnail, 'source'> & { readonly imageUrl: string };

/** From the page itself, whatever its host; `undefined` where the thumbnail has no address. */
export function thumbnailHref({ source, options }: ShownThumbnail, basePath: string): string | undefined {
  return source.kind === 'url' ? basePath + hrefOf({ imageUrl: source.href, options }) : undefined;
}

export function snippetsOf({ source, ...shown }: ShownThumbnail): Snippet[] {
  if (source.kind !== 'url') return [postCommand(shown, source)];
  const linked = { ...shown, imageUrl: source.href };
  return [
    {
      label: 'Thumbnail URL',
      text: linked.origin + hrefOf(linked),
      hint: 'Each browser gets the smallest format it supports.',
    },
    {
      label: 'HTML',
      text: imageElement(linked),
      hint: 'High-density screens load a larger size if there is one. Describe the picture in alt.',
    },
    {
      label: 'Command line',
      text: curlCommand(linked),
      hint: 'Saves the thumbnail as a file, in the format shown above.',
    },
  ];
}

function hrefOf({ imageUrl, options }: Pick<LinkedThumbnail, 'imageUrl' | 'options'>): string {
  return `/thumbnail?${new URLSearchParams({ url: imageUrl, ...options }).toString()}`;
}

function imageElement(linked: LinkedThumbnail): string {
  const { width, height } = linked.thumbnail;
  const src = attribute('src', linked.origin + hrefOf(linked));
  const sides = `width="${width}" height="${height}" alt=""`;
  // A box that is no size of the list has no other widths that anyone may ask for.
  if (linked.options.size === undefined) return `<img ${src} ${sides}>`;
  return `<img ${src}\n  ${attribute('srcset', sourceSet(linked))}\n  sizes="${width}px" ${sides}>`;
}

/** Each width once: beyond the first size that holds the whole original, all give the same picture. */
function sourceSet({ origin, imageUrl, options, sizes, original }: LinkedThumbnail): string {
  const ascending = sizes.toSorted((a, b) => a - b);
  const whole = ascending.findIndex((size) => size >= Math.max(original.width, original.height));
  const useful = whole === -1 ? ascending : ascending.slice(0, whole + 1);
  const sizeByWidth = new Map(useful.map((size) => [widthWithin(size, original), size]));
  return [...sizeByWidth]
    .map(
      ([width, size]) =>
        `${origin}${hrefOf({ imageUrl, options: { ...options, size: String(size) } })} ${width}w`,
    )
    .join(',\n    ');
}

/** Of the whole image within size × size, in pixels. */
function widthWithin(size: number, { width, height }: ShownThumbnail['original']): number {
  return Math.max(1, Math.round(Math.min(1, size / Math.max(width, height)) * width));
}

/** The format is named, as curl itself asks for none. */
function curlCommand({ origin, thumbnail: { format }, imageUrl, options }: LinkedThumbnail): string {
  const address = origin + hrefOf({ imageUrl, options: { ...options, format } });
  return `curl --fail --output thumbnail.${format} ${shellQuoted(address)}`;
}

/** An image that has no address to fetch from is sent along; a sample has to be got first. */
function postCommand(
  { origin, options, original, thumbnail: { format } }: Omit<ShownThumbnail, 'source'>,
  source: Exclude<SourceView, { kind: 'url' }>,
): Snippet {
  const get =
    source.kind === 'sample'
      ? `curl --fail --output ${shellQuoted(source.name)} ${shellQuoted(source.href)}\n`
      : '';
  const type = shellQuoted(`Content-Type: image/${original.format === 'svg' ? 'svg+xml' : original.format}`);
  const query = new URLSearchParams({ ...options, format }).toString();
  const address = shellQuoted(`${origin}/thumbnail?${query}`);
  return {
    label: 'Command line',
    text: `${get}curl --fail --header ${type} --data-binary ${shellQuoted(`@${source.name}`)} \\\n  --output thumbnail.${format} ${address}`,
    hint: 'Sends the image and saves its thumbnail as a file, in the format shown above.',
  };
}

/** As one word of a POSIX shell. */
function shellQuoted(text: string): string {
  return `'${text.replaceAll("'", String.raw`'\''`)}'`;
}

function attribute(name: string, value: string): string {
  return `${name}="${value.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}"`;
}
