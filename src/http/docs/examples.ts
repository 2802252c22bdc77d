import type { OptionLimits } from '../../domain/request/option.ts';
import { middleOf } from '../pages/form-options.ts';
import { shellQuoted } from '../pages/shell-quoted.ts';
import type { Site } from '../site.ts';
import type { Parameter } from './api-document.ts';
import { SIGNATURE_PARAMETERS } from '../thumbnail/thumbnail-query.ts';

/** An example of a request, as far as it does not depend on where the service is. */
export interface Example {
  /** Of curl, each with its value. */
  readonly flags: readonly string[];
  readonly query: string;
}

interface Recipe {
  readonly flags?: readonly string[];
  readonly parameters?: readonly string[];
}

/** Without `--fail`, an error would be saved as an image. */
const SAVED = ['--fail', '--output thumbnail.webp'];
/** In which format the answer will be is not always known before. */
export const SAVED_UNDER_ITS_OWN_NAME = ['--fail', '--remote-name', '--remote-header-name'];
const SENT = ["--header 'Content-Type: image/jpeg'", '--data-binary @photo.jpg'];

/** By the operation's id; one that is not here needs neither flags nor parameters. */
const RECIPES: Readonly<Record<string, Recipe>> = {
  getThumbnail: { flags: SAVED, parameters: ['url', 'size', 'format'] },
  thumbnailUpload: { flags: [...SENT, ...SAVED], parameters: ['size', 'format'] },
  purgeSource: { flags: ['--request DELETE'], parameters: ['url', ...SIGNATURE_PARAMETERS] },
  getInfo: { parameters: ['url', 'fields'] },
  infoUpload: { flags: SENT, parameters: ['fields'] },
};

/** @param known the operation's parameters */
export function exampleOf(
  operationId: string,
  known: readonly Parameter[],
  { openSizes }: OptionLimits,
  { signatures }: Site,
): Example {
  const { flags = [], parameters = [] } = RECIPES[operationId] ?? {};
  const isSigned = signatures === 'required' && known.some(({ name }) => name === 'signature');
  const names = new Set(isSigned ? [...parameters, ...SIGNATURE_PARAMETERS] : parameters);
  const values: Readonly<Record<string, string>> = {
    ...Object.fromEntries(known.map(({ name, example }) => [name, String(example)])),
    // One that anyone may ask for.
    size: String(middleOf(openSizes)),
    signature: 'SIGNATURE',
  };
  const query = new URLSearchParams([...names].map((name): [string, string] => [name, values[name] ?? '']));
  return { flags, query: query.toString() };
}

/** The line of shell that sends it. */
export function curlCommand(address: string, flags: readonly string[] = []): string {
  return flags.length === 0
    ? `curl ${shellQuoted(address)}`
    : `curl ${flags.join(' ')} \\\n  ${shellQuoted(address)}`;
}
