import { visibleName } from './visible-name.ts';

/** Of images, `.hif` of the HEIC of some cameras; what a name has in their place is not one, as in `report.v2`. */
export const IMAGE_EXTENSION =
  /\.(?:jpe?g|jpe|jfif|a?png|webp|avifs?|gif|svgz?|tiff?|hei[cf]s?|hif|bmp|dib|ico|cur)$/i;

/** What separates folders, or may not be in a name on one of the common systems. */
const NOT_IN_NAMES = /[/\\:*?"<>|]+/g;

/** Devices to Windows, whatever extension they have. */
const DEVICE = /^(?:con|prn|aux|nul|(?:com|lpt)\d)(?=\.|$)/i;

/** More than is kept of a name. To order the accents of a letter takes the square of their number. */
const MAX_LENGTH = 500;

/** Names may have 255 bytes on most systems; some are left for the extension, and for what browsers add. */
const MAX_BYTES = 200;

/**
 * A name that somebody else chose, safe for a file on anybody's disk and without the extension of an image; empty where
 * nothing is left of it.
 */
export function fileStem(name: string): string {
  const safe = visibleName(name.slice(0, MAX_LENGTH).normalize('NFC'))
    .replace(IMAGE_EXTENSION, '')
    .replace(NOT_IN_NAMES, '-');
  // Counts characters that fit whole.
  const { read } = new TextEncoder().encodeInto(safe, new Uint8Array(MAX_BYTES));
  // A leading dot hides a file; a trailing one, or a space, is lost on Windows.
  const stem = safe.slice(0, read).replace(/^[\s.-]+|[\s.]+$/g, '');
  return stem.replace(DEVICE, '_$&');
}
