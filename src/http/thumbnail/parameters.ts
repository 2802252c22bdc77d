import { InvalidRequestError } from '../../domain/errors/index.ts';

/**
 * The value of each parameter that was given.
 *
 * @throws InvalidRequestError when one is given twice or is none of `known`: a typing error would otherwise pass for a
 * default, and a cache in front would keep the same answer under countless addresses.
 */
export function readParameters<const Name extends string>(
  parameters: URLSearchParams,
  known: readonly Name[],
): Partial<Record<Name, string>> {
  const values = new Map<Name, string>();
  for (const [given, value] of parameters) {
    const name = known.find((candidate) => candidate === given);
    if (name === undefined) throw unknown(given, known, parameters);
    if (values.has(name)) throw refuse(`Parameter ${name} is given twice. Give it once.`);
    values.set(name, value);
  }
  return Object.fromEntries(values) as Partial<Record<Name, string>>;
}

/**
 * Most often it is a part of the image's own query: a URL that was not encoded ends at its first `&`. Or the whole URL was
 * copied from the source of a page.
 */
function unknown(given: string, known: readonly string[], parameters: URLSearchParams): InvalidRequestError {
  // Whatever a name may hold, a page shows none that is long or odd, and the log shows none at all.
  const shown = /^[\w.-]{1,40}$/.test(given) ? ` "${given}"` : '';
  const cure = given.startsWith('amp;')
    ? ' Write & in place of &amp;.'
    : parameters.has('url')
      ? " If it belongs to the image's URL, percent-encode that URL."
      : '';
  const cause = new Error('an unknown parameter');
  return refuse(`Unknown parameter${shown}. Allowed: ${known.join(', ')}.${cure}`, { cause });
}

function refuse(sentence: string, options?: ErrorOptions): InvalidRequestError {
  return new InvalidRequestError('request', sentence, options);
}
