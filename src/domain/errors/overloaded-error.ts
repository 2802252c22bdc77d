import { ThumbnailerError } from './thumbnailer-error.ts';

/** The service is at capacity, out of memory or the like, or stopping; the same request will be welcome after `retryAfterSeconds`. */
export class OverloadedError extends ThumbnailerError {
  readonly code = 'overloaded';
  override readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds = 2, options?: ErrorOptions, reason = 'The service is busy right now') {
    super(`${reason}. Try again in a few seconds.`, options);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Codes of the system and of Node for a lack of memory, descriptors, ports or threads. */
const CODES = /^(ENOMEM|ENOBUFS|EMFILE|ENFILE|EADDRNOTAVAIL|EAI_MEMORY|ERR_MEMORY_ALLOCATION_FAILED)$/;

/** The same, as libraries say it that have no codes. */
const WORDS =
  /\b(out of|insufficient|not enough) memory\b|\b(unable to|fail\w* to|could not|cannot) allocate|allocation (error|fail)|too many open files/i;

/** A limit that a decoder holds a file to, whatever there is. */
const LIMIT_OF_DECODER = /security limit/i;

/**
 * Whether an error says that this process lacks something just now. That is nobody's fault, and passes: such an error is
 * `overloaded`, and is never remembered.
 */
export function isOwnShortage(error: Error & { readonly code?: unknown }): boolean {
  if (typeof error.code === 'string' && CODES.test(error.code)) return true;
  return WORDS.test(error.message) && !LIMIT_OF_DECODER.test(error.message);
}
