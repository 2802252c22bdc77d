import { InvalidRequestError } from '../errors/index.ts';
import { formatChoices } from '../errors/units.ts';
import { FITS, type Fit, OUTPUT_FORMATS, type OutputFormat } from '../image/formats.ts';
import { type RequestOption, oneOf } from './option.ts';

/**
 * Every option of a thumbnail, a row each. The query's parser, the cache's key, `ThumbnailSpec`, the OpenAPI document, the
 * table in docs/http-api.md, the flags of `sign-url` and the form are made from these rows. To add an option, add a row
 * and use its value where it matters.
 */
export const OPTIONS = {
  size: {
    meaning: 'Largest dimension of the thumbnail in pixels. An image is never enlarged.',
    unsigned: ({ openSizes }) => formatChoices(openSizes),
    schema: ({ openSizes }) => ({
      anyOf: [{ enum: openSizes }, { type: 'integer', minimum: 1, maximum: 99_999 }],
    }),
    example: '128',
    default: undefined,
    missing: ({ openSizes }) => `Choose a size: ${formatChoices(openSizes)}.`,
    parse: (text) => {
      if (/^[1-9]\d{0,4}$/.test(text)) return Number(text);
      throw new InvalidRequestError('size', 'size must be a whole number of pixels, such as 128.');
    },
    refuse: (size, { openSizes, maxSignedSize }, isSigned) => {
      if (isSigned) {
        if (size <= maxSignedSize) return undefined;
        return new InvalidRequestError('size', `size may be at most ${maxSignedSize} pixels.`);
      }
      if (openSizes.includes(size)) return undefined;
      const sizes = formatChoices(openSizes);
      return new InvalidRequestError('size', `size ${size} is not available. Choose ${sizes}.`);
    },
    form: {
      field: 'thumbnail_size',
      label: 'Thumbnail size (largest dim.)',
      hint: 'In pixels. Smaller images keep their size.',
      choices: ({ openSizes }) => openSizes,
    },
  } satisfies RequestOption<number> as RequestOption<number>,

  format: {
    meaning: `${formatChoices(['auto', ...OUTPUT_FORMATS].map((word) => `\`${word}\``))}; \`jpg\` means \`jpeg\`. \`auto\` picks the format with the fewest bytes that \`Accept\` names.`,
    schema: () => ({ enum: ['auto', ...OUTPUT_FORMATS, 'jpg'] }),
    example: 'webp',
    default: 'auto',
    parse: oneOf('format', ['auto', ...OUTPUT_FORMATS], { jpg: 'jpeg' }),
  } satisfies RequestOption<'auto' | OutputFormat> as RequestOption<'auto' | OutputFormat>,

  fit: {
    meaning:
      '`inside`: the whole image within size × size. `cover`: fills size × size, cropped to the part that draws the eye.',
    schema: () => ({ enum: FITS }),
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
