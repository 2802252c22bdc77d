import { visibleName } from '../visible-name.ts';

/** Of images; what a name has in their place is not one, as in `report.v2`. */
const IMAGE_EXTENSION = /\.(?:jpe?g|jpe|jfif|png|webp|avif|gif|svgz?|tiff?|hei[cf]|bmp|ico)$/i;

/** What separates folders, or may not be in a name on one of the common systems. */
const NOT_IN_NAMES = /[/\\:*?"<>|]+/g;

/** Names may have 255 bytes on most systems; some are left for the extension, and for what browsers add. */
const MAX_BYTES = 200;

/**
 * A name that somebody else chose, safe for a file on anybody's disk and without the extension of an image; empty where
 * nothing is left of it.
 */
export function fileStem(name: string): string {
  const safe = visibleName(name.normalize('NFC')).replace(IMAGE_EXTENSION, '').replace(NOT_IN_NAMES, '-');
  // Counts characters that fit whole.
  const { read } = new TextEncoder().encodeInto(safe, new Uint8Array(MAX_BYTES));
  // A leading dot hides a file; a trailing one, or a space, is lost on Windows.
  return safe.slice(0, read).replace(/^[\s.-]+|[\s.]+$/g, '');
}

/** The name of the last part of an address's path, decoded; empty where it has none. */
export function lastPartOf({ pathname }: URL): string {
  const last = pathname.split('/').findLast((part) => part !== '') ?? '';
  try {
    return decodeURIComponent(last);
  } catch {
    // A percent sign on its own is legal in a path; the name is then shown as it is.
    return last;
  }
}

/**
 * A `Content-Disposition` (RFC 6266) by the extension that it is to have. A name that is not plain ASCII is sent encoded
 * (RFC 8187), beside one that is, for clients that do not know that.
 */
export function dispositionOf(type: 'inline' | 'attachment', stem: string): (extension: string) => string {
  const plain = stem.replace(/[^\x20-\x7e]|%/gu, '_');
  const head = `${type}; filename="${plain}.`;
  if (plain === stem) return (extension) => `${head}${extension}"`;
  const encoded = encodeURIComponent(stem).replace(/['()*]/g, percentEncoded);
  return (extension) => `${head}${extension}"; filename*=UTF-8''${encoded}.${extension}`;
}

function percentEncoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
