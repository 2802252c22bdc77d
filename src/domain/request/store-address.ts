import { parseS3Address } from './s3-address.ts';

/** The schemes of stores that a client may name, and how their addresses are read: to the one spelling of each. */
const STORES: readonly (readonly [begin: RegExp, parse: (text: string) => string])[] = [
  [/^s3:/i, (text) => parseS3Address(text).href],
];

export function isStoreAddress(text: string): boolean {
  return STORES.some(([begin]) => begin.test(text));
}

/**
 * The address of an object in a store, or the beginning of such addresses; undefined for any other scheme.
 *
 * @throws InvalidRequestError where its scheme is that of a store, and the rest of it is no address there
 */
export function parseStoreAddress(text: string): string | undefined {
  return STORES.find(([begin]) => begin.test(text))?.[1](text);
}
