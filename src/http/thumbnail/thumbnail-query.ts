import { type PresentedSignature, textToSign } from '../../domain/access/signature.ts';
import type { KeysOf } from '../../domain/cache/cache-key.ts';
import { InvalidRequestError } from '../../domain/errors/index.ts';
import type { RequestTerms } from '../../domain/making/thumbnail-service.ts';
import { DELIVERY_NAMES, type Delivery, parseDelivery } from '../../domain/request/delivery.ts';
import { fileStem } from '../../domain/request/file-stem.ts';
import type { OptionLimits } from '../../domain/request/option.ts';
import { OPTION_NAMES } from '../../domain/request/options.ts';
import { withPreset } from '../../domain/request/presets.ts';
import { type OptionTexts, parseOptions } from '../../domain/request/request-options.ts';
import { type SourceUrl, parseSourceUrl } from '../../domain/request/source-url.ts';
import type { ThumbnailRequest } from '../../domain/request/source-request.ts';
import { specFor } from '../../domain/request/thumbnail-spec.ts';
import { type Disposition, dispositionOf, lastPartOf } from './file-name.ts';
import { negotiate, negotiateAnimation } from './negotiation.ts';
import { readParameters } from './parameters.ts';

export const SIGNATURE_PARAMETERS = ['key', 'expires', 'signature'] as const;

/** A browser says so when a person insists on a fresh page; only a signed request may cost us that. */
const NO_CACHE = /(^|[\s,])no-cache([\s,]|$)/i;

export function wantsRefresh(cacheControl: string): boolean {
  return NO_CACHE.test(cacheControl);
}

/** The headers that count, beside the query. */
export interface QueryHeaders {
  readonly accept: string;
  readonly cacheControl: string;
}

export interface ThumbnailQuery {
  readonly request: ThumbnailRequest;
  readonly terms: RequestTerms;
  /** Host of the source, for the log. */
  readonly sourceHost: string;
  /** Whether the answer depends on `Accept`. */
  readonly negotiated: boolean;
  readonly disposition: Disposition;
  readonly wantsFallback: boolean;
}

/**
 * Parses the query of `GET /thumbnail`; nothing untrusted goes further than this.
 *
 * @throws InvalidRequestError naming the parameter and what it may be
 */
export function parseThumbnailQuery(
  query: URLSearchParams,
  { accept, cacheControl }: QueryHeaders,
  limits: OptionLimits,
  keysOf: (request: ThumbnailRequest) => KeysOf | undefined,
): ThumbnailQuery {
  const values = readParameters(query, ['url', ...OPTION_NAMES, ...DELIVERY_NAMES, ...SIGNATURE_PARAMETERS]);
  const url = sourceOf(values.url, limits);
  const wish = parseWish(values, accept, limits);
  const signature = signatureOf(values, () => textToSign('GET /thumbnail', query));
  const request: ThumbnailRequest = { source: { kind: 'remote', url }, ...wish };
  const refresh = signature !== undefined && wantsRefresh(cacheControl);
  const terms = { signature, refresh, keys: keysOf(request) };
  const delivery = parseDelivery(withPreset(values, limits));
  const disposition = dispositionFor(delivery, lastPartOf(new URL(url.href)));
  const negotiated = wish.options.format === 'auto';
  const { wantsFallback } = delivery;
  return { request, terms, sourceHost: url.host, negotiated, disposition, wantsFallback };
}

/**
 * Parses the query of `POST /thumbnail`, whose image is in the body.
 *
 * @throws InvalidRequestError naming the parameter and what it may be
 */
export function parseUploadQuery(
  query: URLSearchParams,
  accept: string,
  limits: OptionLimits,
): {
  readonly wish: ThumbnailWish;
  readonly signature: PresentedSignature | undefined;
  /** Of the name that the image's file has. */
  readonly dispositionOf: (ownName: string) => Disposition;
  readonly wantsFallback: boolean;
} {
  const values = readParameters(query, [...OPTION_NAMES, ...DELIVERY_NAMES, ...SIGNATURE_PARAMETERS]);
  const delivery = parseDelivery(withPreset(values, limits));
  return {
    wish: parseWish(values, accept, limits),
    signature: signatureOf(values, () => textToSign('POST /thumbnail', query)),
    dispositionOf: (ownName) => dispositionFor(delivery, ownName),
    wantsFallback: delivery.wantsFallback,
  };
}

/**
 * Parses the query of `DELETE /thumbnail`.
 *
 * @throws InvalidRequestError naming the parameter and what it may be
 */
export function parsePurgeQuery(
  query: URLSearchParams,
  limits: OptionLimits,
): {
  readonly source: SourceUrl;
  readonly signature: PresentedSignature | undefined;
} {
  const values = readParameters(query, ['url', ...SIGNATURE_PARAMETERS]);
  const signature = signatureOf(values, () => textToSign('DELETE /thumbnail', query));
  return { source: sourceOf(values.url, limits), signature };
}

/** What a thumbnail is to be, whatever it is made of. */
export type ThumbnailWish = Omit<ThumbnailRequest, 'source'>;

/** Options as text, with the client's `Accept`. @throws InvalidRequestError */
export function parseWish(texts: OptionTexts, accept: string, limits: OptionLimits): ThumbnailWish {
  const options = parseOptions(texts, limits);
  const format = options.format === 'auto' ? negotiate(accept) : options.format;
  return { options, spec: specFor(options, format, negotiateAnimation(accept)) };
}

function dispositionFor({ stem, isAttachment }: Delivery, ownName: string): Disposition {
  return dispositionOf(isAttachment ? 'attachment' : 'inline', stem ?? (fileStem(ownName) || 'thumbnail'));
}

export function sourceOf(text: string | undefined, { addresses }: OptionLimits): SourceUrl {
  if (text !== undefined) return parseSourceUrl(text, addresses);
  throw new InvalidRequestError('url', 'Give the URL of an image as the parameter url, percent-encoded.');
}

/** The three parameters of a signature come together or not at all. */
export function signatureOf(
  { key, expires, signature }: Partial<Record<(typeof SIGNATURE_PARAMETERS)[number], string>>,
  signedText: () => string,
): PresentedSignature | undefined {
  if (key === undefined && expires === undefined && signature === undefined) return undefined;
  if (key === undefined || expires === undefined || signature === undefined) {
    throw new InvalidRequestError('signature', 'A signed request needs key, expires and signature together.');
  }
  if (!/^\d{1,12}$/.test(expires)) {
    throw new InvalidRequestError('expires', 'expires must be a time in whole seconds since 1970.');
  }
  return { keyId: key, expires: Number(expires), mac: signature, signedText: signedText() };
}
