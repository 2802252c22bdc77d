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

/** An option as the form shows it: a list with one choice selected. */
export interface FormOptionView {
  readonly name: OptionName;
  readonly field: string;
  readonly label: string;
  readonly hint: string;
  readonly choices: readonly { readonly value: number | string; readonly isSelected: boolean }[];
}

/** @param entered the text of a field, if the form was sent before */
export function formOptionViews(
  limits: OptionLimits,
  entered: (field: string) => string | null | undefined = () => undefined,
): FormOptionView[] {
  return FORM_OPTIONS.map(({ name, option, field, label, hint, choices }) => {
    const values = choices(limits);
    const isOffered = values.some((value) => String(value) === entered(field));
    const selected = isOffered ? entered(field) : String(option.default ?? middleOf(values));
    return {
      ...{ name, field, label, hint },
      choices: values.map((value) => ({ value, isSelected: String(value) === selected })),
    };
  });
}

/** The options of a form that was sent, by their names in the table; an empty field was not filled in. */
export function optionTextsOf(fields: Readonly<Partial<Record<string, string>>>): OptionTexts {
  const given = FORM_OPTIONS.map(({ name, field }) => [name, fields[field] ?? ''] as const);
  return Object.fromEntries(given.filter(([, text]) => text !== ''));
}

/** Neither the least nor the most. */
function middleOf<Value>(values: readonly Value[]): Value | undefined {
  return values[Math.floor(values.length / 2)];
}
