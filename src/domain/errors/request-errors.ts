import { ThumbnailerError } from './thumbnailer-error.ts';

/** The part of a request that is at fault: `url`, `image`, `request`, or a parameter's name. The form shows the sentence there. */
export type RequestField = string;

/** A parameter or a form field is missing, malformed, repeated, unknown or not allowed. */
export class InvalidRequestError extends ThumbnailerError {
  readonly code = 'invalid-request';
  readonly field: RequestField;

  constructor(field: RequestField, sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.field = field;
  }
}

/** The request is not signed, and what it asks for is only given to signed ones. */
export class SignatureRequiredError extends ThumbnailerError {
  readonly code = 'signature-required';

  constructor(what = 'This service only answers signed requests') {
    super(`${what}. Sign the URL with one of the service's keys, or ask its operator for a signed URL.`);
  }
}

/** The request carries a signature that does not hold: expired, of an unknown key, or of other parameters. */
export class SignatureInvalidError extends ThumbnailerError {
  readonly code = 'signature-invalid';

  /** @param reason where it is not of this request: the text that it would have to be of, which is no secret */
  constructor(reason: 'expired' | { readonly textToSign: string }, options?: ErrorOptions) {
    super(
      reason === 'expired'
        ? 'This signed URL has expired. Get a new one where you found this one.'
        : `The signature doesn't match this URL. Use a signed URL exactly as it was given, with every parameter. If you sign it yourself, this is the text to sign: ${reason.textToSign}`,
      options,
    );
  }
}
