import { InvalidRequestError } from '../errors/index.ts';
import { FITS, type Fit, OUTPUT_FORMATS, type OutputFormat } from '../image/formats.ts';
import { type RequestOption, oneOf } from './option.ts';

/**
 * Every option of a thumbnail, a row each. The query's parser, the cache's key, `ThumbnailSpec`, and the OpenAPI
 * document are made from these rows; to add an option is to add a row and to use its value where it matters.
 */
export const OPTIONS = {
  size: {
    describe: ({ openSizes }) =>
      `Largest dimension of the thumbnail in pixels; an image is never enlarged. Without a signature one of ${openSizes.join(', ')}; with one any up to the limit that the operator sets.`,
    schema: ({ openSizes }) => ({
      anyOf: [{ enum: openSizes }, { type: 'integer', minimum: 1, maximum: 99_999 }],
    }),
    example: '128',
    default: undefined,
    missing: ({ openSizes }) => `Choose a size: ${openSizes.join(', ')}.`,
    parse: (text, { openSizes }) => {
      if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
      throw new InvalidRequestError('size', `The size is a whole number of pixels: ${openSizes.join(', ')}.`);
    },
    refuse: (size, { openSizes, maxSignedSize }, isSigned) => {
      if (isSigned) {
        if (size <= maxSignedSize) return undefined;
        return new InvalidRequestError('size', `The size may be at most ${maxSignedSize} pixels.`);
      }
      if (openSizes.includes(size)) return undefined;
      const sizes = openSizes.join(', ');
      return new InvalidRequestError('size', `The size ${size} is not offered. Choose one of ${sizes}.`);
    },
  } satisfies RequestOption<number> as RequestOption<number>,

  format: {
    describe: () =>
      '`auto` is the smallest format that Accept names: AVIF or WebP where it is named itself, else JPEG, or PNG where the image has transparent pixels. `jpg` is `jpeg`.',
    schema: () => ({ enum: ['auto', ...OUTPUT_FORMATS, 'jpg'], default: 'auto' }),
    example: 'webp',
    default: 'auto',
    parse: oneOf('format', ['auto', ...OUTPUT_FORMATS], { jpg: 'jpeg' }),
  } satisfies RequestOption<'auto' | OutputFormat> as RequestOption<'auto' | OutputFormat>,

  fit: {
    describe: () =>
      '`inside`: the whole image within size × size. `cover`: fills size × size, cropped to the most salient part.',
    schema: () => ({ enum: FITS, default: 'inside' }),
    example: 'cover',
    default: 'inside',
    parse: oneOf('fit', FITS),
  } satisfies RequestOption<Fit> as RequestOption<Fit>,
};

export type OptionName = keyof typeof OPTIONS;
type ValueOf<Name extends OptionName> =
  (typeof OPTIONS)[Name] extends RequestOption<infer Value> ? Value : never;

/** The options of one request, each with its value. */
export type ThumbnailOptions = { readonly [Name in OptionName]: ValueOf<Name> };

export const OPTION_NAMES = Object.keys(OPTIONS) as OptionName[];
