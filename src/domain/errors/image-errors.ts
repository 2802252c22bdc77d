import { FORMAT_NAMES, type InputFormat, withArticle } from '../image/formats.ts';
import type { OtherKind } from '../image/other-kinds.ts';
import { ThumbnailerError } from './thumbnailer-error.ts';
import { formatChoices } from './units.ts';

/** The bytes are in none of the formats that are switched on. */
export class UnsupportedImageError extends ThumbnailerError {
  readonly code = 'unsupported-image';

  /** @param options.found what they are instead, where that is known */
  constructor(
    acceptedFormats: readonly InputFormat[],
    { found, ...options }: ErrorOptions & { readonly found?: OtherKind | undefined } = {},
  ) {
    const formats = withArticle(formatChoices(acceptedFormats.map((format) => FORMAT_NAMES[format])));
    super(
      found === undefined
        ? `This isn't ${formats} image. Convert it to one of these formats. A link must lead to the image itself, not to a page that shows it.`
        : `This is ${found.name}, not ${formats} image. ${found.advice}`,
      options,
    );
  }
}

/** The bytes claim an accepted format but cannot be decoded: cut short, damaged, or malformed. */
export class CorruptImageError extends ThumbnailerError {
  readonly code = 'corrupt-image';

  constructor(options?: ErrorOptions) {
    super(
      "The image is damaged or incomplete. Check that it opens in a browser, and export it again if it doesn't.",
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
    super(`${what} Save a smaller copy in an image editor, and use that.`, options);
  }
}

/** Decoding would need more pixels, or more memory, than one image may have. */
export class ImageTooLargeError extends ThumbnailerError {
  readonly code = 'image-too-large';

  /** @param options.advice what to do about it, if a smaller image is not the way */
  constructor(
    what: string,
    { advice = 'Use a smaller version.', ...options }: ErrorOptions & { readonly advice?: string } = {},
  ) {
    super(`${what} ${advice}`, options);
  }
}
