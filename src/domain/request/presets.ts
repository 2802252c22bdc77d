import { InvalidRequestError } from '../errors/index.ts';
import { formatChoices } from '../errors/units.ts';
import { DELIVERY, DELIVERY_NAMES } from './delivery.ts';
import type { OptionLimits, PresetTexts } from './option.ts';
import { OPTIONS, OPTION_NAMES } from './options.ts';

/** What a preset may stand for: all that can be asked for, but which image that is and who asks. */
export const PRESET_PARAMETERS: readonly string[] = [
  ...OPTION_NAMES.filter((name) => name !== 'preset'),
  ...DELIVERY_NAMES,
];
const PARSERS: Readonly<Record<string, { readonly parse: (text: string) => unknown }>> = {
  ...OPTIONS,
  ...DELIVERY,
};

/**
 * What a request says, with all that its preset stands for.
 *
 * @throws InvalidRequestError where there is no such preset, or the request contradicts it
 */
export function withPreset<Texts extends { readonly preset?: string }>(
  given: Texts,
  limits: OptionLimits,
): Texts {
  if (given.preset === undefined) return given;
  const standsFor = presetNamed(given.preset, limits);
  for (const [name, text] of Object.entries(given)) {
    if (typeof text === 'string') refuseContradiction({ name, text }, given.preset, standsFor);
  }
  return { ...standsFor, ...given };
}

/** @throws InvalidRequestError where the operator has no preset of that name */
export function presetNamed(name: string, { presets }: OptionLimits): PresetTexts {
  const texts = presets.get(name);
  if (texts !== undefined) return texts;
  throw new InvalidRequestError(
    'preset',
    presets.size === 0
      ? 'This service has no presets. Leave out preset, and give a size.'
      : `There is no such preset. Choose ${formatChoices([...presets.keys()])}.`,
  );
}

function refuseContradiction(
  { name, text }: { readonly name: string; readonly text: string },
  preset: string,
  standsFor: PresetTexts,
): void {
  const contradicted =
    name in standsFor && !isSame(name, text, standsFor[name] ?? '') ? name : clashing(name, standsFor);
  if (contradicted === undefined) return;
  throw new InvalidRequestError(
    name,
    `The preset ${preset} stands for ${contradicted}=${standsFor[contradicted]}. Leave out ${name}.`,
  );
}

/** Which of the sides of the preset's box a parameter cannot stand beside: a size stands for width and height. */
function clashing(name: string, standsFor: PresetTexts): string | undefined {
  if (name === 'size') return ['width', 'height'].find((side) => side in standsFor);
  const isSide = name === 'width' || name === 'height';
  return isSide && 'size' in standsFor ? 'size' : undefined;
}

/** Whether two texts of a parameter say the same, as `jpg` and `jpeg` do. */
function isSame(name: string, one: string, other: string): boolean {
  const valueOf = (text: string) => JSON.stringify(PARSERS[name]?.parse(text));
  return one === other || valueOf(one) === valueOf(other);
}
