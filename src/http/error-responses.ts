import { type DomainErrorCode, ThumbnailerError } from '../domain/errors/index.ts';

/** Faults that only HTTP knows. */
type HttpErrorCode =
  | 'not-found'
  | 'method-not-allowed'
  | 'request-timeout'
  | 'precondition-failed'
  | 'request-too-large'
  | 'unsupported-media-type'
  | 'host-not-allowed'
  | 'origin-not-allowed'
  | 'internal';

export type ErrorCode = DomainErrorCode | HttpErrorCode;

interface ErrorResponse {
  readonly status: number;
  /** What has failed, for a person; the same for every fault of this code. */
  readonly title: string;
}

const CANNOT_OPEN = "Can't open image URL";
const CANNOT_PROCESS = "Can't process input image";

/** The status and the title of each code: the one table that the API and the pages answer from. */
export const ERROR_RESPONSES: Readonly<Record<ErrorCode, ErrorResponse>> = {
  'invalid-request': { status: 400, title: 'The request is not valid' },
  'signature-required': { status: 403, title: 'A signature is required' },
  'signature-invalid': { status: 403, title: 'The signature is not valid' },
  'origin-not-allowed': { status: 403, title: "This site isn't allowed to upload" },
  'source-forbidden': { status: 403, title: `${CANNOT_OPEN}: not allowed` },
  'not-found': { status: 404, title: 'Page not found' },
  'method-not-allowed': { status: 405, title: 'The method is not allowed here' },
  'source-not-found': { status: 404, title: `${CANNOT_OPEN}: not found` },
  'request-timeout': { status: 408, title: 'The request took too long' },
  'precondition-failed': { status: 412, title: 'The thumbnail has changed' },
  'request-too-large': { status: 413, title: 'The request is too large' },
  'unsupported-media-type': { status: 415, title: 'Unsupported media type' },
  'host-not-allowed': { status: 421, title: "This host name isn't allowed" },
  'source-too-large': { status: 422, title: `${CANNOT_PROCESS}: too many bytes` },
  'unsupported-image': { status: 422, title: `${CANNOT_PROCESS}: unsupported format` },
  'corrupt-image': { status: 422, title: `${CANNOT_PROCESS}: damaged or incomplete` },
  'image-too-large': { status: 422, title: `${CANNOT_PROCESS}: too many pixels` },
  'image-too-expensive': { status: 422, title: `${CANNOT_PROCESS}: takes too long to decode` },
  internal: { status: 500, title: 'Something went wrong' },
  'source-unreachable': { status: 502, title: `${CANNOT_OPEN}: no connection` },
  'source-refused': { status: 502, title: `${CANNOT_OPEN}: the server refused` },
  overloaded: { status: 503, title: 'Busy right now' },
  'source-timeout': { status: 504, title: `${CANNOT_OPEN}: too slow` },
};

/** A fault that only HTTP knows, in words for the person who asked. */
export class HttpFault extends Error {
  readonly code: HttpErrorCode;

  constructor(code: HttpErrorCode, sentence: string, options?: ErrorOptions) {
    super(sentence, options);
    this.name = 'HttpFault';
    this.code = code;
  }
}

/** A fault as it is answered: nothing in it that the client must not see. */
export interface Problem extends ErrorResponse {
  readonly code: ErrorCode;
  readonly detail: string;
  readonly retryAfterSeconds?: number;
}

/** Every error as a problem; one that nobody foresaw is `internal`, and its own message stays in the log. */
export function toProblem(error: unknown): Problem {
  if (error instanceof ThumbnailerError || error instanceof HttpFault) {
    const problem = { ...ERROR_RESPONSES[error.code], code: error.code, detail: error.message };
    const retryAfterSeconds = error instanceof ThumbnailerError ? error.retryAfterSeconds : undefined;
    return retryAfterSeconds === undefined ? problem : { ...problem, retryAfterSeconds };
  }
  return {
    ...ERROR_RESPONSES.internal,
    code: 'internal',
    detail: 'Something went wrong on our side. It has been logged. Try again later.',
  };
}
