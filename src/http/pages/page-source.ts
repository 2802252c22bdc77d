import type { OutputFormat } from '../../domain/image/formats.ts';
import { isStoreAddress } from '../../domain/request/store-address.ts';
import { lastPartOf } from '../thumbnail/file-name.ts';
import { visibleName } from '../../domain/request/visible-name.ts';

/** Where the image of a result page came from. */
export type SourceView =
  /** The address as it is asked for: of the web, in a store, or a path below the operator's base. */
  | { readonly kind: 'url'; readonly href: string }
  /** An image that this service brings along, under an address of its own, which it would not fetch from. */
  | { readonly kind: 'sample'; readonly name: string; readonly href: string }
  /** A file; its name is whatever the sender says. */
  | { readonly kind: 'upload'; readonly name: string };

/**
 * What a person calls the image: the name of its file, or the last part of its path, or its host where the path is empty.
 *
 * @throws TypeError when an address is none that this service takes
 */
export function imageName(source: SourceView): string {
  if (source.kind === 'upload') return abridge(source.name === '' ? 'image' : source.name);
  // Escaping does nothing against `javascript:`.
  if (!/^(https?:\/)?\//.test(source.href) && !isStoreAddress(source.href))
    throw new TypeError('href is no address of an image');
  const url = new URL(source.href, 'http://base.invalid');
  const name = visibleName(lastPartOf(url));
  return name === '' ? url.host : abridge(name);
}

/** The address where a browser can open it: of a bucket, or of a path, only this service knows how. */
export function openableHref(source: SourceView): string | undefined {
  return source.kind !== 'upload' && /^https?:\/\//.test(source.href) ? source.href : undefined;
}

/** For a thumbnail that is saved: `photo-128.webp`. */
export function fileNameOf(view: {
  readonly source: SourceView;
  /** Largest dimension that was asked for, in pixels. */
  readonly size: number;
  readonly thumbnail: { readonly format: OutputFormat };
}): string {
  const stem = imageName(view.source).replace(/\.[a-z]{3,4}$/i, '');
  return `${stem}-${view.size}.${view.thumbnail.format}`;
}

/** Keeps both ends of a long name; the whole of it stands in the address below. */
function abridge(name: string): string {
  const characters = Array.from(name);
  if (characters.length <= 60) return name;
  return `${characters.slice(0, 40).join('')}…${characters.slice(-16).join('')}`;
}
