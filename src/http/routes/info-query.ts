import type { PresentedSignature } from '../../domain/access/signature.ts';
import { textToSign } from '../../domain/access/signature.ts';
import type { OptionLimits } from '../../domain/request/option.ts';
import { type InfoField, parseInfoFields } from '../../domain/request/info-spec.ts';
import type { SourceUrl } from '../../domain/request/source-url.ts';
import { readParameters } from '../thumbnail/parameters.ts';
import { SIGNATURE_PARAMETERS, signatureOf, sourceOf } from '../thumbnail/thumbnail-query.ts';

export interface UploadInfoQuery {
  readonly fields: readonly InfoField[];
  readonly signature: PresentedSignature | undefined;
}

export interface InfoQuery extends UploadInfoQuery {
  readonly url: SourceUrl;
}

/**
 * Parses the query of `GET /info`.
 *
 * @throws InvalidRequestError naming the parameter and what it may be
 */
export function parseInfoQuery(query: URLSearchParams, limits: OptionLimits): InfoQuery {
  const { url, fields, ...values } = readParameters(query, ['url', 'fields', ...SIGNATURE_PARAMETERS]);
  return {
    url: sourceOf(url, limits),
    fields: parseInfoFields(fields),
    signature: signatureOf(values, () => textToSign('GET /info', query)),
  };
}

/** As `parseInfoQuery`, of `POST /info`, whose image is in the body. */
export function parseUploadInfoQuery(query: URLSearchParams): UploadInfoQuery {
  const { fields, ...values } = readParameters(query, ['fields', ...SIGNATURE_PARAMETERS]);
  return {
    fields: parseInfoFields(fields),
    signature: signatureOf(values, () => textToSign('POST /info', query)),
  };
}
