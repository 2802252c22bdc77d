import { type DomainErrorCode, ThumbnailerError } from './thumbnailer-error.ts';

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
