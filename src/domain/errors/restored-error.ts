import { type DomainErrorCode, ThumbnailerError } from './thumbnailer-error.ts';

/** An error that was met elsewhere, a while ago or in another process, as it was told there. */
export class RestoredError extends ThumbnailerError {
  readonly code: DomainErrorCode;

  constructor(code: DomainErrorCode, sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.code = code;
  }
}
