import { InvalidRequestError } from '../errors/index.ts';
import type { OutputChoice } from '../image/formats.ts';
import type { OptionLimits, RequestOption } from './option.ts';
import { OPTIONS, OPTION_NAMES, type OptionName, type ThumbnailOptions } from './options.ts';

/** What a thumbnail is to be: each option's value, with the format that was negotiated. */
export type ThumbnailSpec = Omit<ThumbnailOptions, 'format'> & { readonly format: OutputChoice };

/** What was given for each option, as text. */
export type OptionTexts = Partial<Readonly<Record<OptionName, string>>>;

/** @throws InvalidRequestError for a text that an option does not take, and for a required one that is missing */
export function parseOptions(texts: OptionTexts, limits: OptionLimits): ThumbnailOptions {
  const values = OPTION_NAMES.map((name) => [name, valueOf(name, texts[name], limits)] as const);
  return Object.fromEntries(values) as ThumbnailOptions;
}

function valueOf(name: OptionName, text: string | undefined, limits: OptionLimits): unknown {
  const option: RequestOption<unknown> = OPTIONS[name] as RequestOption<unknown>;
  // A form sends an empty text for what was not chosen.
  if (text !== undefined && !(text === '' && option.missing !== undefined)) return option.parse(text, limits);
  if (option.default !== undefined) return option.default;
  throw new InvalidRequestError(name, option.missing?.(limits) ?? `Parameter ${name} is missing.`);
}

/**
 * The one text that all spellings of a spec share, and no two specs do: `size=128&format=webp&fit=inside`. The cache's key
 * is made of it. It walks the table of options, so that none can be left out.
 */
export function canonicalSpec(spec: ThumbnailSpec): string {
  return OPTION_NAMES.map((name) => `${name}=${encodeURIComponent(spec[name])}`).join('&');
}

/** @throws the first refusal of an option's value, such as a size that is not open to unsigned requests */
export function checkOptions(spec: ThumbnailSpec, limits: OptionLimits, isSigned: boolean): void {
  for (const name of OPTION_NAMES) {
    const option = OPTIONS[name] as RequestOption<unknown>;
    const refusal = option.refuse?.(spec[name], limits, isSigned);
    if (refusal !== undefined) throw refusal;
  }
}
