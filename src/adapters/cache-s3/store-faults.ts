import { type CacheFault, CacheRefusal } from '../../ports/thumbnail-cache.ts';

/** By the names of S3's errors, and of the SDK's own: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html. */
const FAULTS = new Map<string, CacheFault>([
  ['AccessDenied', 'rights'],
  ['CredentialsProviderError', 'login'],
  ['ExpiredToken', 'login'],
  ['InvalidAccessKeyId', 'login'],
  ['InvalidToken', 'login'],
  ['SignatureDoesNotMatch', 'login'],
  ['TokenProviderError', 'login'],
]);

/** Of a request that came too late, or of too many: later ones may be answered. */
const PASSING = [408, 429];

/** What the SDK reports of a store: a refusal where that has answered, and would again. */
export function storeFault(cause: unknown): Error {
  const error = cause as Error & { readonly $metadata?: { readonly httpStatusCode?: number } };
  const status = error.$metadata?.httpStatusCode ?? 0;
  const isRefusal = status >= 300 && status < 500 && !PASSING.includes(status);
  const fault = FAULTS.get(error.name) ?? (isRefusal ? 'refused' : undefined);
  return fault === undefined ? error : new CacheRefusal(fault, error.name, { cause });
}
