import { isUint8Array } from 'node:util/types';
import type { Config } from '../config/config.ts';
import { OPTION_NAMES } from '../domain/request/options.ts';
import type { OptionTexts } from '../domain/request/request-options.ts';
import type { Source, UploadedImage } from '../domain/request/source.ts';
import { type SourceUrl, parseSourceUrl } from '../domain/request/source-url.ts';
import { refusalOfLargeFile } from '../domain/source/refusal-of-large.ts';
import { readParameters } from '../http/thumbnail/parameters.ts';

type SourceLimits = Config['sources'];

/**
 * What a program gives as a source: an address, or the bytes of an image.
 *
 * @throws InvalidRequestError for no address; TypeError for what is neither, which programs without types may give
 */
export function sourceOf(given: unknown, limits: SourceLimits): Source {
  if (isUint8Array(given)) return { kind: 'upload', receive: () => received(given, limits) };
  if (typeof given === 'string' || isUrl(given)) return { kind: 'remote', url: addressOf(given, limits) };
  throw new TypeError(
    'A source is a URL, or the bytes of an image as a Uint8Array, such as new Uint8Array(await response.arrayBuffer()).',
  );
}

/** Test runners give their modules globals of their own, whose URL is not an instance of ours. */
function isUrl(given: unknown): given is URL {
  return Object.prototype.toString.call(given) === '[object URL]';
}

/** @throws InvalidRequestError */
export function addressOf(given: string | URL, { base, maxUrlLength }: SourceLimits): SourceUrl {
  return parseSourceUrl(String(given), { base, maxLength: maxUrlLength });
}

/**
 * Parameters as a query has them; none where a program without types gives none.
 *
 * @throws InvalidRequestError for one that there is not
 */
export function textsOf(parameters: Readonly<Record<string, unknown>> = {}): OptionTexts {
  const given = Object.entries(parameters).filter(([, value]) => value !== undefined);
  const query = given.map(([name, value]) => [name, String(value)] satisfies [string, string]);
  return readParameters(new URLSearchParams(query), OPTION_NAMES);
}

function received(bytes: Uint8Array, limits: SourceLimits): Promise<UploadedImage> {
  return bytes.length > limits.maxBytes
    ? Promise.reject(refusalOfLargeFile(bytes, limits))
    : Promise.resolve({ bytes, receivedMs: 0, [Symbol.dispose]: () => undefined });
}
