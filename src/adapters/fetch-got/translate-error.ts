import { SourceUnreachableError, ThumbnailerError } from '../../domain/errors/index.ts';

/** What got reports, as the domain's error. The guard's own errors, which got wraps, come out as they went in. */
export function translateError(error: Error): ThumbnailerError {
  // got's errors carry the whole request and its options, which no log needs; what they wrap is the cause proper.
  const cause = error.cause instanceof Error ? error.cause : error;
  if (cause instanceof ThumbnailerError) return cause;
  return new SourceUnreachableError(sentenceFor(codeOf(error)), { cause });
}

/** The first that fits; what an address was resolved to stays in the cause. */
const SENTENCES: readonly (readonly [RegExp, sentence: string])[] = [
  [/^(ENOTFOUND|ENODATA|EAI_NONAME|EAI_NODATA)$/, 'There is no server of that name.'],
  [/^EAI_/, 'The name of the server could not be looked up just now.'],
  [/^ECONNREFUSED$/, 'The server does not accept connections there.'],
  [
    /^(ECONNRESET|EPIPE|ERR_HTTP_CONTENT_LENGTH_MISMATCH)$/,
    'The server broke the connection off before its answer was complete.',
  ],
  [/^HPE_HEADER_OVERFLOW$/, 'The server sent more header fields than can be read.'],
  [/^HPE_/, 'The server sent something that is not valid HTTP.'],
  [
    /^(EPROTO|CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA)/,
    'A secure connection to the server could not be made.',
  ],
];

function sentenceFor(code: string): string {
  return SENTENCES.find(([pattern]) => pattern.test(code))?.[1] ?? 'The server could not be reached.';
}

function codeOf(error: Error & { readonly code?: unknown }): string {
  return typeof error.code === 'string' ? error.code : '';
}
