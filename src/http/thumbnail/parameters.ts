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
    if (name === undefined)
      throw refuse(`There is no parameter of that name. Known are ${known.join(', ')}.`);
    if (values.has(name)) throw refuse(`The parameter ${name} may be given only once.`);
    values.set(name, value);
  }
  return Object.fromEntries(values) as Partial<Record<Name, string>>;
}

function refuse(sentence: string): InvalidRequestError {
  return new InvalidRequestError('request', sentence);
}
