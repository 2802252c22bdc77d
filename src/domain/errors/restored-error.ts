import { type DomainErrorCode, ThumbnailerError } from './thumbnailer-error.ts';

/** An error that was met elsewhere, a while ago or in another process, as it was told there. */
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
