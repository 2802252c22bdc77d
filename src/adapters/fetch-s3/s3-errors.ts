import {
  OverloadedError,
  SourceAccessError,
  SourceRefusedError,
  SourceUnreachableError,
  ThumbnailerError,
  isOwnShortage,
} from '../../domain/errors/index.ts';
import { retryAfterMs } from '../../domain/source/answer.ts';
import { headersIn } from './object-headers.ts';

/** What the SDK's errors have in common; none of it is sure to be there. */
interface SdkError extends Error {
  readonly code?: unknown;
  readonly $metadata?: { readonly httpStatusCode?: number };
}

/** As S3 names them: https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html. */
const CREDENTIALS =
  /^(CredentialsProviderError|TokenProviderError|InvalidAccessKeyId|SignatureDoesNotMatch|ExpiredToken|InvalidToken|TokenRefreshRequired|RequestTimeTooSkewed|InvalidSecurity|AuthorizationHeaderMalformed)/;
const THROTTLED =
  /^(SlowDown|ServiceUnavailable|Throttling|ThrottlingException|RequestLimitExceeded|TooManyRequests)/;

/** The status that the domain makes sense of by itself; undefined where the error says more than its status. */
export function statusOf(error: unknown): number | undefined {
  const { name, $metadata } = error as SdkError;
  const status = $metadata?.httpStatusCode;
  if (status === 304) return 304;
  if (status === 404 && name !== 'NoSuchBucket') return 404;
  return undefined;
}

/** What the SDK reports, as the domain's error. S3's own words, which may name accounts and keys, stay in the cause. */
export function translateError(error: unknown): ThumbnailerError {
  if (error instanceof ThumbnailerError) return error;
  const cause: SdkError = error instanceof Error ? error : new Error(String(error));
  if (isOwnShortage(cause)) return new OverloadedError(undefined, { cause });
  const status = cause.$metadata?.httpStatusCode;
  const refused = (sentence: string) =>
    new SourceRefusedError(sentence, status, {
      cause,
      retryAfterMs: retryAfterMs(headersIn(cause)['retry-after'], Date.now()),
    });
  if (CREDENTIALS.test(cause.name)) {
    return new SourceAccessError("This service couldn't identify itself to the image's store.", { cause });
  }
  if (cause.name === 'NoSuchBucket') {
    return new SourceAccessError("The image's bucket does not exist.", { cause });
  }
  if (cause.name === 'InvalidObjectState') {
    return refused('The image is archived in its store. Restore it first.');
  }
  if (THROTTLED.test(cause.name) || status === 429) {
    return refused("The image's store is limiting requests. Try again in a minute.");
  }
  if (status === 401 || status === 403) {
    return new SourceAccessError("The image isn't in its store, or this service may not read it.", { cause });
  }
  if (status !== undefined && status >= 300) {
    return refused(`The image's store reported an error (${status}). Try again later.`);
  }
  return new SourceUnreachableError("The image's store couldn't be reached, or broke off.", { cause });
}
