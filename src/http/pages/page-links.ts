import { OUTPUT_FORMATS, type OutputFormat } from '../../domain/image/formats.ts';
import type { OptionTexts } from '../../domain/request/request-options.ts';
import { formFieldsOf } from './form-options.ts';
import type { SourceView } from './page-source.ts';

/** Every address of this service that a page shows, from its base path on. */

/** What an address says: where the picture comes from, and how it was chosen. */
export interface Chosen {
  readonly source: SourceView;
  /** As an address says it. */
  readonly options: OptionTexts;
}

/** Of the thumbnail; undefined where it has no address, as that of an image which was sent along. */
export function thumbnailHref({ source, options }: Chosen): string | undefined {
  return source.kind === 'url' ? thumbnailPath(source.href, options) : undefined;
}

export function thumbnailPath(imageUrl: string, options: OptionTexts): string {
  return `/thumbnail?${new URLSearchParams({ url: imageUrl, ...options }).toString()}`;
}

/** Of the page itself, to be shared and gone back to; undefined for an image that was sent along. */
export function resultHref({ source, options }: Chosen): string | undefined {
  if (source.kind === 'upload') return undefined;
  const image = source.kind === 'sample' ? { sample: source.name } : { image_url: source.href };
  return `/?${new URLSearchParams({ ...image, ...formFieldsOf(options) }).toString()}`;
}

/** Those that a result page compares: GIF is for animations. */
export const PAGE_FORMATS = OUTPUT_FORMATS.filter((format) => format !== 'gif');

/** Of the same picture in another format, or in the one that is shown; undefined where it has no address. */
export function formatHref({ source, options }: Chosen, format: OutputFormat): string | undefined {
  return source.kind === 'url' ? thumbnailPath(source.href, { ...options, format }) : undefined;
}
