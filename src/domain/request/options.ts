import { InvalidRequestError, SignatureRequiredError } from '../errors/index.ts';
import { formatChoices } from '../errors/units.ts';
import {
  DEFAULT_QUALITIES,
  FITS,
  FORMAT_NAMES,
  type Fit,
  OUTPUT_FORMATS,
  type OutputFormat,
} from '../image/formats.ts';
import { type HexColour, parseColour } from '../image/colour.ts';
import { type FocalPoint, POSITIONS, type PositionName, parseFocalPoint } from '../image/position.ts';
import { type Region, parseRegion } from '../image/region.ts';
import { type OptionLimits, type RequestOption, oneOf, onlySigned, refuseUnsigned } from './option.ts';
import { side } from './side.ts';

type Positioned = RequestOption<PositionName | FocalPoint | undefined>;
type Side = RequestOption<number | undefined>;

/** Device pixel ratios that anyone may ask for. */
const OPEN_RATIOS = [1, 2, 3];

/**
 * Every option of a thumbnail, a row each. The query's parser, the cache's key, `ThumbnailSpec`, the OpenAPI document, the
 * table in docs/http-api.md, the flags of `sign-url` and the form are made from these rows. To add an option, add a row
 * and use its value where it matters.
 */
export const OPTIONS = {
  size: {
    meaning:
      'Largest dimension of the thumbnail in CSS pixels: the same as `width` and `height` of that number. One of `size`, `width` and `height` must be given. An image is never enlarged; a drawing (SVG) fills the box.',
    ...side('size'),
    form: {
      field: 'thumbnail_size',
      label: 'Thumbnail size (largest dim.)',
      hint: 'In pixels. Smaller images keep their size.',
      choices: ({ openSizes }) => openSizes,
    },
  } satisfies Side as Side,

  width: {
    meaning:
      'Width of the box that the thumbnail fits, in CSS pixels. Without `height` the height follows from the image. Not together with `size`.',
    ...side('width'),
    form: {
      field: 'width',
      label: 'Width',
      hint: 'A width or a height takes the place of the size.',
      isExtra: true,
      none: 'Any',
      choices: ({ openSizes }) => openSizes,
    },
  } satisfies Side as Side,

  height: {
    meaning:
      'Height of the box that the thumbnail fits, in CSS pixels. Without `width` the width follows from the image. Not together with `size`.',
    ...side('height'),
    form: {
      field: 'height',
      label: 'Height',
      hint: 'In pixels, like the width.',
      isExtra: true,
      none: 'Any',
      choices: ({ openSizes }) => openSizes,
    },
  } satisfies Side as Side,

  dpr: {
    meaning:
      'Device pixels per CSS pixel, from 1 to 4 in steps of 0.5. Multiplies `size`, `width` and `height`.',
    unsigned: () => formatChoices(OPEN_RATIOS),
    schema: () => ({ type: 'number', minimum: 1, maximum: 4, multipleOf: 0.5 }),
    example: '2',
    default: 1,
    parse: (text) => {
      if (/^(?:[123](?:\.[05])?|4(?:\.0)?)$/.test(text)) return Number(text);
      throw new InvalidRequestError('dpr', 'dpr must be a number from 1 to 4 in steps of 0.5, such as 2.');
    },
    refuse: (ratio, _limits, isSigned) => {
      if (isSigned || OPEN_RATIOS.includes(ratio)) return undefined;
      return refuseUnsigned('dpr', ratio, OPEN_RATIOS);
    },
  } satisfies RequestOption<number> as RequestOption<number>,

  format: {
    meaning: `${formatChoices(['auto', ...OUTPUT_FORMATS].map((word) => `\`${word}\``))}; \`jpg\` means \`jpeg\`, and \`gif\` goes with \`animated\` only. \`auto\` picks the format with the fewest bytes that \`Accept\` names.`,
    schema: () => ({ enum: ['auto', ...OUTPUT_FORMATS, 'jpg'] }),
    example: 'webp',
    default: 'auto',
    parse: oneOf('format', ['auto', ...OUTPUT_FORMATS], { jpg: 'jpeg' }),
    form: {
      field: 'format',
      label: 'Format',
      hint: 'Automatic is the smallest that your browser shows.',
      isExtra: true,
      texts: { auto: 'Automatic', ...FORMAT_NAMES },
      // GIF goes with animations, which the form does not offer.
      choices: () => ['auto', ...OUTPUT_FORMATS.filter((name) => name !== 'gif')],
    },
  } satisfies RequestOption<'auto' | OutputFormat> as RequestOption<'auto' | OutputFormat>,

  quality: {
    meaning: `Quality of a lossy format, 1 to 100. If left out: ${formatQualities()}. PNG and GIF have none.`,
    unsigned: ({ openQualities }) => (openQualities.length === 0 ? 'none' : formatChoices(openQualities)),
    schema: () => ({ type: 'integer', minimum: 1, maximum: 100 }),
    example: '70',
    default: undefined,
    parse: (text) => {
      if (/^(?:[1-9]\d?|100)$/.test(text)) return Number(text);
      throw new InvalidRequestError('quality', 'quality must be a whole number from 1 to 100, such as 70.');
    },
    refuse: (quality, { openQualities }, isSigned) => {
      if (isSigned || openQualities.includes(quality)) return undefined;
      if (openQualities.length === 0)
        return new SignatureRequiredError('Only a signed request may choose a quality');
      return refuseUnsigned('quality', quality, openQualities);
    },
  } satisfies RequestOption<number | undefined> as RequestOption<number | undefined>,

  fit: {
    meaning:
      '`inside`: the whole image within the box. `cover`: fills the box and crops what is left over; a smaller image is only cropped to the shape of the box. `contain`: the whole image, padded with `background` to exactly the box.',
    schema: () => ({ enum: FITS }),
    example: 'cover',
    default: 'inside',
    parse: oneOf('fit', FITS),
    form: {
      field: 'fit',
      label: 'Fit',
      hint: 'What happens where the image has another shape.',
      isExtra: true,
      texts: { inside: 'Inside, whole', cover: 'Cover, cropped', contain: 'Contain, padded' },
      choices: () => FITS,
    },
  } satisfies RequestOption<Fit> as RequestOption<Fit>,

  position: {
    meaning: `What \`cover\` keeps and where \`contain\` puts the image: ${formatChoices(POSITIONS.map((word) => `\`${word}\``))}. \`attention\` is the part that draws the eye (in a tall image with two such parts, the upper one), and \`entropy\` the part with the most detail; for \`contain\` both mean \`center\`. A focal point \`x,y\`, in fractions of the upright image such as \`0.5,0.25\`, is put as close to the middle as \`cover\` can. If left out: \`attention\` for \`cover\`, \`center\` for \`contain\`.`,
    unsigned: () => 'one of the names',
    schema: () => ({ anyOf: [{ enum: POSITIONS }, fractions(2)] }),
    example: 'top',
    default: undefined,
    parse: (text) => parseFocalPoint(text) ?? parsePositionName(text),
    refuse: (position, _limits, isSigned) =>
      isSigned || typeof position === 'string'
        ? undefined
        : new SignatureRequiredError('Only a signed request may choose a focal point'),
  } satisfies Positioned as Positioned,

  background: {
    meaning:
      'Colour as `rrggbb` or `rrggbbaa`: the padding of `contain`, and what replaces transparency in a JPEG. If left out: white in a JPEG, otherwise transparent.',
    ...onlySigned('a background'),
    schema: () => ({ type: 'string', pattern: '^([0-9A-Fa-f]{6}|[0-9A-Fa-f]{8})$' }),
    example: 'ff8800',
    parse: (text) => parseColour('background', text),
  } satisfies RequestOption<HexColour | undefined> as RequestOption<HexColour | undefined>,

  crop: {
    meaning:
      'The part of the image to use: `x,y,width,height`, in fractions of the upright image. It is cut out before anything else is done.',
    ...onlySigned('a crop'),
    schema: () => fractions(4),
    example: '0.25,0,0.5,1',
    parse: (text) => parseRegion('crop', text),
  } satisfies RequestOption<Region | undefined> as RequestOption<Region | undefined>,

  animated: {
    meaning:
      '`true`: an animated GIF or WebP stays animated. It becomes a WebP, or a GIF with `format=gif` or if the client does not name WebP in `Accept`. Other images are not affected. If left out: the first frame.',
    unsigned: ({ animations }) => (animations === 'open' ? 'either' : '`false`'),
    schema: () => ({ enum: ['true', 'false'] }),
    example: 'true',
    default: false,
    parse: (text) => parseTruth(text) === 'true',
    refuse: (isAnimated, { animations }, isSigned) => {
      if (!isAnimated || animations === 'open' || (animations === 'signed' && isSigned)) return undefined;
      return animations === 'signed'
        ? new SignatureRequiredError('Only a signed request may have an animation')
        : new InvalidRequestError('animated', 'This service makes no animations. Leave out animated.');
    },
  } satisfies RequestOption<boolean> as RequestOption<boolean>,

  preset: {
    meaning:
      "The name of a set of parameters that the operator has defined, which may include `size` and the like. Other parameters may be added if they don't contradict it.",
    schema: ({ presets }) => presetSchema(presets),
    example: 'card',
    default: undefined,
    parse: (text) => text,
    form: {
      field: 'preset',
      label: 'Preset',
      hint: 'Named settings of this service. One with a size of its own takes the place of the size above.',
      none: 'None',
      choices: ({ presets }) => [...presets.keys()],
    },
  } satisfies RequestOption<string | undefined> as RequestOption<string | undefined>,
};

const parseTruth = oneOf('animated', ['true', 'false']);
const parsePositionName = oneOf('position', POSITIONS);

/** Schema of so many numbers from 0 to 1. */
function fractions(count: number): object {
  const fraction = String.raw`(?:[01]|[01]?\.\d{1,17})`;
  return { type: 'string', pattern: `^${fraction}(?:,${fraction}){${count - 1}}$` };
}

function formatQualities(): string {
  return Object.entries(DEFAULT_QUALITIES)
    .map(([format, quality]) => `${quality} for \`${format}\``)
    .join(', ');
}

export type OptionName = keyof typeof OPTIONS;
type ValueOf<Name extends OptionName> =
  (typeof OPTIONS)[Name] extends RequestOption<infer Value> ? Value : never;

/** The options of one request, each with its value. */
export type ThumbnailOptions = { readonly [Name in OptionName]: ValueOf<Name> };

export const OPTION_NAMES = Object.keys(OPTIONS) as OptionName[];

/** Those of a request that gives none of them. */
export const DEFAULT_OPTIONS = Object.fromEntries(
  OPTION_NAMES.map((name) => [name, OPTIONS[name].default]),
) as unknown as ThumbnailOptions;

/** Each preset with what it stands for. */
function presetSchema(presets: OptionLimits['presets']): object {
  if (presets.size === 0) return { type: 'string' };
  const described = [...presets].map(([name, texts]) => {
    const parameters = new URLSearchParams(Object.entries(texts) as [string, string][]);
    return `\`${name}\`: \`${parameters.toString()}\``;
  });
  return { enum: [...presets.keys()], description: described.join(', ') };
}
