import type { InputFormat, OutputFormat } from '../../domain/image/formats.ts';
import type { Sides } from '../../domain/image/target-box.ts';
import type { OptionLimits } from '../../domain/request/option.ts';
import { type Chosen, thumbnailPath } from './page-links.ts';
import type { SourceView } from './page-source.ts';
import { shellQuoted } from './shell-quoted.ts';
import { candidatesOf } from './source-set.ts';

/** What there is to copy from. */
export interface ShownThumbnail extends Chosen {
  /** Where this service is: scheme, authority and base path. */
  readonly origin: string;
  /** What anyone may ask for. */
  readonly limits: OptionLimits;
  readonly original: Sides & { readonly format: InputFormat };
  readonly thumbnail: Sides & { readonly format: OutputFormat };
}

/** A text to copy. */
export interface Snippet {
  readonly label: string;
  readonly text: string;
  readonly hint: string;
}

/** One whose image has an address that this service fetches from. */
type LinkedThumbnail = Omit<ShownThumbnail, 'source'> & { readonly imageUrl: string };

export function snippetsOf({ source, ...shown }: ShownThumbnail): Snippet[] {
  if (source.kind !== 'url') return [postCommand(shown, source)];
  const linked = { ...shown, imageUrl: source.href };
  return [
    {
      label: 'Thumbnail URL',
      text: addressOf(linked),
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

function addressOf({ origin, imageUrl, options }: LinkedThumbnail): string {
  return origin + thumbnailPath(imageUrl, options);
}

function imageElement(linked: LinkedThumbnail): string {
  const { width, height } = linked.thumbnail;
  const src = attribute('src', addressOf(linked));
  const srcset = attribute('srcset', sourceSet(linked));
  return `<img ${src}\n  ${srcset}\n  sizes="${width}px" width="${width}" height="${height}" alt="">`;
}

function sourceSet(linked: LinkedThumbnail): string {
  return candidatesOf(linked.options, linked.original, linked.limits)
    .map(({ width, options }) => `${addressOf({ ...linked, options })} ${width}w`)
    .join(',\n    ');
}

/** The format is named, as curl itself asks for none. */
function curlCommand(linked: LinkedThumbnail): string {
  const { format } = linked.thumbnail;
  const address = addressOf({ ...linked, options: { ...linked.options, format } });
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

function attribute(name: string, value: string): string {
  return `${name}="${value.replaceAll('&', '&amp;').replaceAll('"', '&quot;')}"`;
}
