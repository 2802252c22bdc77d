import type { FormChoice, OptionLimits, RequestOption } from '../../domain/request/option.ts';
import { OPTIONS, OPTION_NAMES, type OptionName } from '../../domain/request/options.ts';
import type { OptionTexts } from '../../domain/request/request-options.ts';

interface FormOption extends FormChoice {
  readonly name: OptionName;
  readonly option: RequestOption<number | string | undefined>;
}

/** The options that the form offers, as their rows of the table say. */
export const FORM_OPTIONS: readonly FormOption[] = OPTION_NAMES.flatMap((name) => {
  const option = OPTIONS[name] as RequestOption<number | string | undefined>;
  return option.form === undefined ? [] : [{ name, option, ...option.form }];
});

/** An option as the form shows it: a list with one choice selected. An empty value is none. */
export interface FormOptionView {
  readonly name: OptionName;
  readonly field: string;
  readonly label: string;
  readonly hint: string;
  /** Whether most people leave it as it is. */
  readonly isExtra: boolean;
  /** Whether something else is chosen than what is chosen at first. */
  readonly isChanged: boolean;
  readonly choices: readonly {
    readonly value: number | string;
    readonly text: number | string;
    readonly isSelected: boolean;
  }[];
}

/** @param entered the text of a field, if the form was sent before */
export function formOptionViews(
  limits: OptionLimits,
  entered: (field: string) => string | null | undefined = () => undefined,
): FormOptionView[] {
  return FORM_OPTIONS.flatMap(({ name, option, field, label, hint, isExtra = false, ...list }) => {
    const values = list.choices(limits);
    if (values.length === 0) return [];
    const isOffered = values.some((value) => String(value) === entered(field));
    const first = String(option.default ?? (list.none === undefined ? middleOf(values) : ''));
    const selected = isOffered ? entered(field) : first;
    const offered = values.map((value) => ({ value, text: list.texts?.[value] ?? value }));
    const all = list.none === undefined ? offered : [{ value: '', text: list.none }, ...offered];
    return {
      ...{ name, field, label, hint, isExtra },
      isChanged: selected !== first,
      choices: all.map((choice) => ({ ...choice, isSelected: String(choice.value) === selected })),
    };
  });
}

/**
 * The options of a form that was sent, by their names in the table; an empty field was not filled in, and one that is as
 * at first says nothing. The list of sizes always has one chosen: it counts where nothing else has a box.
 */
export function optionTextsOf(
  fields: Readonly<Partial<Record<string, string>>>,
  { presets }: OptionLimits,
): OptionTexts {
  const given = FORM_OPTIONS.map(({ name, field, option }) => ({ name, option, text: fields[field] ?? '' }));
  const chosen = given.filter(({ option, text }) => text !== '' && text !== String(option.default));
  const { size, ...others }: OptionTexts = Object.fromEntries(chosen.map(({ name, text }) => [name, text]));
  const said = { ...presets.get(others.preset ?? ''), ...others };
  const hasBox = SIDES.some((side) => side in said);
  return hasBox || size === undefined ? others : { size, ...others };
}

const SIDES = ['size', 'width', 'height'];

/** The fields of the form that say the same. */
export function formFieldsOf(texts: OptionTexts): Record<string, string> {
  const given = FORM_OPTIONS.map(({ name, field }) => [field, texts[name] ?? ''] as const);
  return Object.fromEntries(given.filter(([, text]) => text !== ''));
}

/** Neither the least nor the most. */
export function middleOf<Value>(values: readonly Value[]): Value | undefined {
  return values[Math.floor(values.length / 2)];
}
