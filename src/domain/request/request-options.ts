import { InvalidRequestError } from '../errors/index.ts';
import { formatChoices } from '../errors/units.ts';
import type { OptionLimits, RequestOption } from './option.ts';
import { OPTIONS, OPTION_NAMES, type OptionName, type ThumbnailOptions } from './options.ts';
import { presetNamed, withPreset } from './presets.ts';
import { checkBox } from './thumbnail-spec.ts';

/** What was given for each option, as text. */
export type OptionTexts = Partial<Readonly<Record<OptionName, string>>>;

/** @throws InvalidRequestError for a text that an option does not take, and for options that do not go together */
export function parseOptions(given: OptionTexts, limits: OptionLimits): ThumbnailOptions {
  const texts = withPreset(given, limits);
  const values = OPTION_NAMES.map((name) => [name, valueOf(name, texts[name])] as const);
  const options = Object.fromEntries(values) as ThumbnailOptions;
  checkSides(options, limits);
  checkAnimation(options);
  return options;
}

function valueOf(name: OptionName, text: string | undefined): unknown {
  const option = OPTIONS[name] as RequestOption<unknown>;
  return text === undefined ? option.default : option.parse(text);
}

function checkSides({ size, width, height }: ThumbnailOptions, { openSizes }: OptionLimits): void {
  const hasBox = width !== undefined || height !== undefined;
  if (size !== undefined && hasBox) {
    throw new InvalidRequestError(
      'size',
      'size stands for width and height: give either size, or width and height.',
    );
  }
  if (size === undefined && !hasBox) {
    throw new InvalidRequestError('size', `Choose a size: ${formatChoices(openSizes)}.`);
  }
}

function checkAnimation({ animated, format }: ThumbnailOptions): void {
  if (!animated && format === 'gif') {
    throw new InvalidRequestError('format', 'format gif is for animations only: add animated=true.');
  }
  if (animated && format !== 'auto' && format !== 'webp' && format !== 'gif') {
    throw new InvalidRequestError(
      'animated',
      'Only auto, webp and gif can be animated. Choose one of these formats, or leave out animated.',
    );
  }
}

/** The options of which some values are not open to everyone. */
const REFUSING = OPTION_NAMES.filter((name) => OPTIONS[name].refuse !== undefined);

type OptionValue = NonNullable<ThumbnailOptions[OptionName]>;

/**
 * What a preset stands for anyone may ask for: its operator wrote it.
 *
 * @throws the first refusal of an option's value, such as a size that is not open to unsigned requests
 */
export function checkOptions(options: ThumbnailOptions, limits: OptionLimits, isSigned: boolean): void {
  const granted = options.preset === undefined ? {} : presetNamed(options.preset, limits);
  for (const name of REFUSING) {
    if (granted[name] !== undefined) continue;
    const option = OPTIONS[name] as RequestOption<OptionValue | undefined>;
    const value = options[name];
    const refusal = value === undefined ? undefined : option.refuse?.(value, limits, isSigned);
    if (refusal !== undefined) throw refusal;
  }
  checkBox(options, limits.maxSignedSize);
}
