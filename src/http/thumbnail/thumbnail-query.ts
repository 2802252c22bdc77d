import { InvalidRequestError, type RequestField } from '../../domain/errors/index.ts';
import { FITS, OUTPUT_FORMATS } from '../../domain/image/formats.ts';
import type { ImageRequest } from '../../domain/making/image-uploads.ts';
import { type PresentedSignature, textToSign } from '../../domain/access/signature.ts';
import { parseSourceUrl } from '../../domain/request/source-url.ts';
import type { PurgeRequest } from '../../domain/making/thumbnail-service.ts';
import type { ThumbnailRequest } from '../../domain/request/thumbnail-request.ts';
import { negotiate } from './negotiation.ts';
import { parseSize, readParameters } from './parameters.ts';

const PARAMETERS = ['url', 'size', 'format', 'fit', 'key', 'expires', 'signature'] as const;

/** A browser says so when a person insists on a fresh page; only a signed request may cost us that. */
const NO_CACHE = /(^|[\s,])no-cache([\s,]|$)/i;

/** The headers that count, beside the query. */
export interface QueryHeaders {
  readonly accept: string;
  readonly cacheControl: string;
}

export interface ThumbnailQuery {
  readonly request: ThumbnailRequest;
  /** Whether the answer depends on `Accept`. */
  readonly negotiated: boolean;
}

/**
 * Parses the query of `GET /thumbnail`; nothing untrusted goes further than this.
 *
 * @throws InvalidRequestError naming the parameter and what it may be
 */
export function parseThumbnailQuery(
  query: URLSearchParams,
  { accept, cacheControl }: QueryHeaders,
  offeredSizes: readonly number[],
): ThumbnailQuery {
  const values = readParameters(query, PARAMETERS);
  if (values.url === undefined) throw urlMissing();
  const source = parseSourceUrl(values.url);
  const spec = specOf(values, accept, offeredSizes);
  const signature = signatureOf(values, () => textToSign('GET', query));
  const signed = signature !== undefined && { signature, refresh: NO_CACHE.test(cacheControl) };
  return { request: { source, ...spec, ...signed }, negotiated: (values.format ?? 'auto') === 'auto' };
}

/**
 * Parses the query of `POST /thumbnail`, whose image is in the body.
 *
 * @throws InvalidRequestError naming the parameter and what it may be
 */
export function parseUploadQuery(
  query: URLSearchParams,
  accept: string,
  offeredSizes: readonly number[],
): ImageRequest {
  const values = readParameters(query, ['size', 'format', 'fit', 'key', 'expires', 'signature']);
  const spec = specOf(values, accept, offeredSizes);
  const signature = signatureOf(values, () => textToSign('POST', query));
  return { ...spec, ...(signature !== undefined && { signature }) };
}

/**
 * Parses the query of `DELETE /thumbnail`.
 *
 * @throws InvalidRequestError naming the parameter and what it may be
 */
export function parsePurgeQuery(query: URLSearchParams): PurgeRequest {
  const values = readParameters(query, ['url', 'key', 'expires', 'signature']);
  if (values.url === undefined) throw urlMissing();
  return {
    source: parseSourceUrl(values.url),
    signature: signatureOf(values, () => textToSign('DELETE', query)),
  };
}

function specOf(
  values: Partial<Record<'size' | 'format' | 'fit', string>>,
  accept: string,
  offeredSizes: readonly number[],
): ImageRequest {
  const size = parseSize(values.size, offeredSizes);
  const format = choiceOf('format', values.format, ['auto', ...OUTPUT_FORMATS]) ?? 'auto';
  const fit = choiceOf('fit', values.fit, FITS) ?? 'inside';
  return { size, fit, format: format === 'auto' ? negotiate(accept) : format };
}

function urlMissing(): InvalidRequestError {
  return new InvalidRequestError(
    'url',
    'Give the address of an image as the parameter url, percent-encoded.',
  );
}

function choiceOf<const T extends string>(
  field: RequestField,
  text: string | undefined,
  choices: readonly T[],
): T | undefined {
  if (text === undefined) return undefined;
  const choice = choices.find((candidate) => candidate === text);
  if (choice === undefined)
    throw new InvalidRequestError(field, `The ${field} is one of ${choices.join(', ')}.`);
  return choice;
}

/** The three parameters of a signature come together or not at all. */
function signatureOf(
  { key, expires, signature }: { key?: string; expires?: string; signature?: string },
  signedText: () => string,
): PresentedSignature | undefined {
  if (key === undefined && expires === undefined && signature === undefined) return undefined;
  if (key === undefined || expires === undefined || signature === undefined) {
    throw new InvalidRequestError('signature', 'A signed request has all of key, expires and signature.');
  }
  if (!/^\d{1,12}$/.test(expires)) {
    throw new InvalidRequestError('expires', 'The parameter expires is a time in whole seconds since 1970.');
  }
  return { keyId: key, expires: Number(expires), mac: signature, signedText: signedText() };
}
