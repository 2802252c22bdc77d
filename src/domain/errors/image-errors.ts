import { ThumbnailerError } from './thumbnailer-error.ts';

/** The bytes are in none of the formats that are switched on. */
export class UnsupportedImageError extends ThumbnailerError {
  readonly code = 'unsupported-image';

  constructor(acceptedFormats: readonly string[], options?: ErrorOptions) {
    const names = acceptedFormats.map((format) => format.toUpperCase());
    const list =
      names.length > 1 ? `${names.slice(0, -1).join(', ')} or ${names.at(-1) ?? ''}` : names.join();
    super(
      `The file is not a ${list} image. Use the address of the image itself, not of a page that shows it.`,
      options,
    );
  }
}

/** The bytes claim an accepted format but cannot be decoded: cut short, damaged, or malformed. */
export class CorruptImageError extends ThumbnailerError {
  readonly code = 'corrupt-image';

  constructor(options?: ErrorOptions) {
    super(
      'The image is damaged or incomplete. Check that it opens in a browser, and save it anew if it does not.',
      options,
    );
  }
}

/**
 * Decoding would take more processor time than one image may have, by what the file's structure says or by the clock
 * that stopped it.
 */
export class ImageTooExpensiveError extends ThumbnailerError {
  readonly code = 'image-too-expensive';

  constructor(what = 'Decoding this image takes too much processor time.', options?: ErrorOptions) {
    super(`${what} Open it in an image editor, save a smaller copy, and use that.`, options);
  }
}

/** Decoding would need more pixels, or more memory, than one image may have. */
export class ImageTooLargeError extends ThumbnailerError {
  readonly code = 'image-too-large';

  constructor(what: string, options?: ErrorOptions) {
    super(`${what} Use a version with fewer pixels.`, options);
  }
}
