import { type DomainErrorCode, ThumbnailerError } from './thumbnailer-error.ts';

/** An error that was met in another process, as it was told there. */
export class RestoredError extends ThumbnailerError {
  readonly code: DomainErrorCode;

  override readonly retryAfterSeconds: number | undefined;

  constructor(
    code: DomainErrorCode,
    sentence: string,
    options?: ErrorOptions & { readonly retryAfterSeconds?: number | undefined },
  ) {
    super(sentence, options);
    this.code = code;
    this.retryAfterSeconds = options?.retryAfterSeconds;
  }
}

/** One that a cache tells of, where it was met before: it need not be remembered again. */
export class RememberedError extends RestoredError {}
