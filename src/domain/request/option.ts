import { InvalidRequestError, type RequestField, SignatureRequiredError } from '../errors/index.ts';
import { formatChoices } from '../errors/units.ts';
import type { AddressRules } from './source-url.ts';

/** Parameters of a request that a name stands for, as text. */
export type PresetTexts = Readonly<Partial<Record<string, string>>>;

/** What an operator lets requests ask for; an option's messages and schema name these bounds. */
export interface OptionLimits {
  /** Sizes in CSS pixels that anyone may ask for. */
  readonly openSizes: readonly number[];
  /** Qualities that anyone may ask for. */
  readonly openQualities: readonly number[];
  /** Who may ask for animations that stay such. */
  readonly animations: 'off' | 'signed' | 'open';
  /** The largest side in device pixels that any request may ask for. */
  readonly maxSignedSize: number;
  /** What the operator has a name for. */
  readonly presets: ReadonlyMap<string, PresetTexts>;
  /** How addresses of sources are read. */
  readonly addresses?: AddressRules;
}

/** One option of a thumbnail: everything that any part of the service knows of it. `undefined` stands for none. */
export interface RequestOption<Value> {
  /** What it means: a sentence or two of Markdown, for the OpenAPI document, the table in docs/ and `sign-url --help`. */
  readonly meaning: string;
  /** Which values an unsigned request may ask for; left out where it may ask for any. */
  readonly unsigned?: (limits: OptionLimits) => string;
  /** JSON Schema of its text. */
  readonly schema: (limits: OptionLimits) => object;
  /** A text that it takes, for the documents. */
  readonly example: string;
  /** What stands for it where it is not given. */
  readonly default: Value;
  /** @throws InvalidRequestError with what it may be */
  readonly parse: (text: string) => NonNullable<Value>;
  /** Why such a value may not be asked for, or undefined where it may; asked for values that were given. */
  readonly refuse?: (value: NonNullable<Value>, limits: OptionLimits, isSigned: boolean) => Error | undefined;
  /** How the form offers it; left out where it does not. */
  readonly form?: FormChoice;
}

/** An option in the form: a list to choose from. */
export interface FormChoice {
  /** Name of the form's field. */
  readonly field: string;
  readonly label: string;
  /** A sentence below the list. */
  readonly hint: string;
  /** Whether it is one of those that most people leave as they are. */
  readonly isExtra?: boolean;
  /** How choices are shown that do not speak for themselves. */
  readonly texts?: Readonly<Partial<Record<string, string>>>;
  /** What the list says first, for no choice; left out where one has to be made. */
  readonly none?: string;
  /** Without any, the form does not offer it. */
  readonly choices: (limits: OptionLimits) => readonly (number | string)[];
}

/** What the options have in common that only a signed request may have. */
export function onlySigned(what: string) {
  return {
    unsigned: () => 'none',
    default: undefined,
    refuse: (_value, _limits, isSigned) =>
      isSigned ? undefined : new SignatureRequiredError(`Only a signed request may choose ${what}`),
  } as const satisfies Partial<RequestOption<unknown>>;
}

/** Of a value that only a signed request may have, while others may choose from these. */
export function refuseUnsigned(
  name: RequestField,
  value: number,
  open: readonly number[],
): InvalidRequestError {
  const choices = formatChoices(open);
  return new InvalidRequestError(
    name,
    `${name} ${value} is not available without a signature. Choose ${choices}.`,
  );
}

/** The parser of an option that is one of a few words; `aliases` are other spellings of some of them. */
export function oneOf<const Word extends string>(
  name: RequestField,
  words: readonly Word[],
  aliases: Readonly<Record<string, Word>> = {},
): (text: string) => Word {
  // A text may be the name of something that every object inherits.
  const aliasOf = (text: string) => (Object.hasOwn(aliases, text) ? aliases[text] : undefined);
  return (text) => {
    const word = words.find((candidate) => candidate === text) ?? aliasOf(text);
    if (word !== undefined) return word;
    throw new InvalidRequestError(name, `${name} must be ${formatChoices(words)}.`);
  };
}
