import { ThumbnailerError } from './thumbnailer-error.ts';

/** The service is at capacity, out of memory or the like, or stopping; the same request will be welcome after `retryAfterSeconds`. */
export class OverloadedError extends ThumbnailerError {
  readonly code = 'overloaded';
  override readonly retryAfterSeconds: number;

  constructor(retryAfterSeconds = 2, options?: ErrorOptions) {
    super('The service is busy right now. Try again in a few seconds.', options);
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
