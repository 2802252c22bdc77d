/**
 * Every fault that the service foresees, by the code that programs see. A code, once published, keeps its
 * meaning; `src/http/error-responses.ts` gives each its HTTP status and title.
 */
export type DomainErrorCode =
  | 'invalid-request'
  | 'signature-required'
  | 'signature-invalid'
  | 'source-forbidden'
  | 'source-not-found'
  | 'source-unreachable'
  | 'source-refused'
  | 'source-timeout'
  | 'source-too-large'
  | 'unsupported-image'
  | 'corrupt-image'
  | 'image-too-large'
  | 'image-too-expensive'
  | 'overloaded';

/**
 * A foreseen fault. `message` is one or two sentences for the person who asked: what happened and what to do about
 * it, without an internal address, a credential or a path. What an engineer needs besides goes into `cause`, which
 * reaches the log alone.
 */
export abstract class ThumbnailerError extends Error {
  abstract readonly code: DomainErrorCode;

  /**
   * Milliseconds for which the source lets its answer be kept in which this showed; undefined where it says nothing of
   * that, or has not answered. See `shownBy`.
   */
  answerTtlMs: number | undefined;

  /** After which the same request may succeed, where that is known. */
  readonly retryAfterSeconds: number | undefined;

  override get name(): string {
    return this.constructor.name;
  }
}

const OF_THE_SOURCE: ReadonlySet<DomainErrorCode> = new Set([
  'source-not-found',
  'source-unreachable',
  'source-refused',
  'source-timeout',
  'source-too-large',
  'unsupported-image',
  'corrupt-image',
  'image-too-large',
  'image-too-expensive',
]);

/** Whether the source or its image has failed: not the request, nor what the operator forbids, nor the service itself. */
export function isOfTheSource(error: unknown): error is ThumbnailerError {
  return error instanceof ThumbnailerError && OF_THE_SOURCE.has(error.code);
}
