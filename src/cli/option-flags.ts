import { DELIVERY, DELIVERY_NAMES } from '../domain/request/delivery.ts';
import { InvalidRequestError } from '../domain/errors/index.ts';
import type { OptionLimits, RequestOption } from '../domain/request/option.ts';
import { OPTIONS, OPTION_NAMES, type OptionName } from '../domain/request/options.ts';
import { type OptionTexts, parseOptions } from '../domain/request/request-options.ts';
import { type CommandInput, type Flag, UsageError, textOf } from './command.ts';

/** A row of a table of parameters, as far as a flag shows it. */
interface Row {
  readonly meaning: string;
  readonly example: string;
  readonly default?: string | number | undefined;
  readonly parse: (text: string) => unknown;
}

/** Every option of a thumbnail is a flag, by the table that the service itself goes by. */
const OPTION_ROWS = OPTION_NAMES.map(
  (name) => [name, OPTIONS[name] as RequestOption<string | number | undefined>] as const,
);
const DELIVERY_ROWS = DELIVERY_NAMES.map((name) => [name, DELIVERY[name] as Row] as const);

/** What a thumbnail is to be. */
export const OPTION_FLAGS: readonly Flag[] = OPTION_ROWS.map(flagOf);

/** How it is handed over. */
export const DELIVERY_FLAGS: readonly Flag[] = DELIVERY_ROWS.map(flagOf);

/** What may be asked for is for the service to say. */
const UNKNOWN_LIMITS: OptionLimits = {
  openSizes: [],
  openQualities: [],
  animations: 'open',
  maxSignedSize: Infinity,
  presets: new Map(),
};

/**
 * The options that were given, as a request has them.
 *
 * @throws UsageError that names the flag with a value that the service would refuse, or that is missing
 */
export function optionTexts(input: CommandInput): OptionTexts {
  const texts = givenTexts(input, OPTION_ROWS) as OptionTexts;
  // What a preset stands for is for the service to say.
  if (texts.preset !== undefined) return texts;
  const sides = (['size', 'width', 'height'] as const).filter(
    (name: OptionName) => texts[name] !== undefined,
  );
  if (sides.length === 0)
    throw new UsageError('--size is missing, such as --size 128, or --width, --height or --preset.');
  named(undefined, () => parseOptions(texts, UNKNOWN_LIMITS));
  return texts;
}

/** @throws UsageError that names the flag with a value that the service would refuse */
export function deliveryTexts(input: CommandInput): Record<string, string> {
  return givenTexts(input, DELIVERY_ROWS);
}

/** @throws InvalidRequestError where any service would refuse these parameters, whatever its limits are */
export function checkParameters(parameters: Readonly<Record<string, string>>): void {
  for (const [name, row] of [...OPTION_ROWS, ...DELIVERY_ROWS]) {
    const text = parameters[name];
    if (text !== undefined) row.parse(text);
  }
  // What a preset stands for is for the service to say.
  if (parameters['preset'] === undefined) parseOptions(parameters, UNKNOWN_LIMITS);
}

/**
 * @param flag undefined where the error itself knows which one it is about
 * @throws UsageError that names the flag, where the service would refuse its value
 */
export function named<T>(flag: string | undefined, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof InvalidRequestError)) throw error;
    throw new UsageError(`${flag ?? `--${error.field}`}: ${error.message}`, { cause: error });
  }
}

function givenTexts(
  input: CommandInput,
  rows: readonly (readonly [string, Pick<Row, 'parse'>])[],
): Record<string, string> {
  const given = rows.flatMap(([name, row]) => {
    const text = textOf(input, name);
    if (text !== undefined) named(`--${name}`, () => row.parse(text));
    return text === undefined ? [] : [[name, text] as const];
  });
  return Object.fromEntries(given);
}

function flagOf([name, { meaning, example, ...row }]: readonly [string, Row]): Flag {
  const byDefault = row.default === undefined ? '' : ` Default: ${row.default}.`;
  return { name, value: example, meaning: meaning.replaceAll('`', '') + byDefault };
}
