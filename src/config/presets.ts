import { InvalidRequestError, ThumbnailerError } from '../domain/errors/index.ts';
import { parseDelivery } from '../domain/request/delivery.ts';
import type { OptionLimits, PresetTexts } from '../domain/request/option.ts';
import { PRESET_PARAMETERS } from '../domain/request/presets.ts';
import { checkOptions, parseOptions } from '../domain/request/request-options.ts';
import type { Format } from './formats.ts';

type Presets = ReadonlyMap<string, PresetTexts>;

const NAME = /^[a-z\d](?:[a-z\d_-]{0,62}[a-z\d])?$/i;

/** Names, each with the query that it stands for. What the parameters may be is for `presetFaults` to say. */
export const presets: Format<Presets> = {
  format: 'names with parameters, such as card: width=320&height=180&fit=cover; avatar: size=64',
  parse: (value) => {
    const parts = value.split(';').map((part) => part.trim());
    const entries = parts.filter((part) => part !== '').map(entryOf);
    const named = new Map(entries);
    if (entries.length === 0 || named.size < entries.length) throw new Error('no name, or one twice');
    return named;
  },
};

function entryOf(part: string): [string, PresetTexts] {
  const at = part.indexOf(':');
  const name = part.slice(0, Math.max(0, at)).trim();
  const parameters = [...new URLSearchParams(part.slice(at + 1).trim())];
  const texts = Object.fromEntries(parameters);
  const isUnique = Object.keys(texts).length === parameters.length;
  if (!NAME.test(name) || parameters.length === 0 || !isUnique) throw new Error('not a preset');
  return [name, texts];
}

/** What is wrong with the parameters of each preset, a sentence each: they are read as those of a signed request. */
export function presetFaults(limits: OptionLimits): string[] {
  return [...limits.presets].flatMap(([name, texts]) => {
    const reason = faultIn(texts, limits);
    return reason === undefined ? [] : [`PRESETS: ${name}: ${reason}`];
  });
}

function faultIn(texts: PresetTexts, limits: OptionLimits): string | undefined {
  try {
    checkPreset(texts, limits);
    return undefined;
  } catch (error) {
    if (error instanceof ThumbnailerError) return error.message;
    throw error;
  }
}

function checkPreset(texts: PresetTexts, limits: OptionLimits): void {
  const unknown = Object.keys(texts).find((name) => !PRESET_PARAMETERS.includes(name));
  if (unknown !== undefined) {
    // What was put here by mistake may hold a secret.
    const shown = /^[a-z]{1,20}$/i.test(unknown) ? ` ${unknown}` : '';
    const allowed = PRESET_PARAMETERS.join(', ');
    throw new InvalidRequestError('preset', `unknown parameter${shown}. Allowed: ${allowed}.`);
  }
  const hasBox = ['size', 'width', 'height'].some((side) => side in texts);
  // The box of one that has none is given beside it.
  const options = parseOptions(hasBox ? texts : { ...texts, size: '1' }, limits);
  checkOptions(options, limits, true);
  parseDelivery(texts);
}
