import {
  OverloadedError,
  SourceUnreachableError,
  ThumbnailerError,
  isOwnShortage,
} from '../../domain/errors/index.ts';

/** What got reports, as the domain's error. The guard's own errors, which got wraps, come out as they went in. */
export function translateError(error: Error): ThumbnailerError {
  if (error instanceof ThumbnailerError) return error;
  // got's errors carry the whole request and its options, which no log needs; what they wrap is the cause proper.
  const cause = error.cause instanceof Error ? error.cause : error;
  if (cause instanceof ThumbnailerError) return cause;
  if (isOwnShortage(error)) return new OverloadedError(undefined, { cause });
  return new SourceUnreachableError(sentenceFor(codeOf(error)), { cause });
}

/** The first that fits; what an address was resolved to stays in the cause. */
const SENTENCES: readonly (readonly [RegExp, sentence: string])[] = [
  [/^ENOTFOUND$/, "That host name doesn't exist."],
  [/^EAI_/, "The server's name couldn't be looked up."],
  [/^ECONNREFUSED$/, 'The server refused the connection.'],
  [
    /^(ECONNRESET|EPIPE|ERR_HTTP_CONTENT_LENGTH_MISMATCH)$/,
    'The server closed the connection before it had sent the whole image.',
  ],
  [/^HPE_HEADER_OVERFLOW$/, 'The server sent too many header fields.'],
  [/^HPE_/, "The server sent something that isn't valid HTTP."],
  [
    /^(EPROTO|CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_MISMATCH|INVALID_CA)/,
    "A secure connection to the server couldn't be made.",
  ],
];

function sentenceFor(code: string): string {
  return SENTENCES.find(([pattern]) => pattern.test(code))?.[1] ?? "The server couldn't be reached.";
}

function codeOf(error: Error & { readonly code?: unknown }): string {
  return typeof error.code === 'string' ? error.code : '';
}
