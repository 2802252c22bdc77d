import { formatBytes, formatDuration } from './units.ts';
import { ThumbnailerError } from './thumbnailer-error.ts';

/**
 * The source is one that this service does not fetch from: an address that is not public, at any hop, or a host
 * outside the operator's list. The sentence is the same for all of them, so that nobody can map a network by it;
 * the reason is in `cause`.
 */
export class SourceForbiddenError extends ThumbnailerError {
  readonly code = 'source-forbidden';

  constructor(reason: string, options?: ErrorOptions) {
    const settings = 'ALLOWED_SOURCES and ALLOWED_PRIVATE_NETWORKS';
    super(
      `This service doesn't fetch images from that address. Use an image on a public web server. If you run it, see ${settings}.`,
      { cause: options?.cause ?? new Error(reason) },
    );
  }
}

/** The source answered 404 or 410. */
export class SourceNotFoundError extends ThumbnailerError {
  readonly code = 'source-not-found';

  constructor(status: number) {
    super(`The server has nothing at this address (${status}). Check it for typos.`);
  }
}

/** The source could not be reached or understood: DNS, connection, TLS, malformed HTTP, or a body cut short. */
export class SourceUnreachableError extends ThumbnailerError {
  readonly code = 'source-unreachable';

  constructor(what: string, options?: ErrorOptions) {
    super(`${what} Check the URL, or try again later.`, options);
  }
}

/** The source answered, but not with an image: any other status, or redirects that lead nowhere. */
export class SourceRefusedError extends ThumbnailerError {
  readonly code = 'source-refused';
  /** HTTP status of the source, where that was the reason. */
  readonly sourceStatus: number | undefined;
  /** What the source's Retry-After asked for, in milliseconds. */
  readonly retryAfterMs: number | undefined;
  override readonly retryAfterSeconds: number | undefined;

  /** @param sentences what the server did, and what to do about it */
  constructor(
    sentences: string,
    sourceStatus?: number,
    options?: ErrorOptions & { readonly retryAfterMs?: number | undefined },
  ) {
    super(sentences, options);
    this.sourceStatus = sourceStatus;
    this.retryAfterMs = options?.retryAfterMs;
    this.retryAfterSeconds = this.retryAfterMs && Math.ceil(this.retryAfterMs / 1000);
  }
}

/**
 * This deployment itself may not read the source, or not with what it has: its credentials or its permissions. Another
 * deployment that shares a cache may.
 */
export class SourceAccessError extends ThumbnailerError {
  readonly code = 'source-refused';

  constructor(what: string, options?: ErrorOptions) {
    super(`${what} Check the address, or tell the operator.`, options);
  }
}

/** The download, redirects included, took longer than it may. */
export class SourceTimeoutError extends ThumbnailerError {
  readonly code = 'source-timeout';

  constructor(limitMs: number, options?: ErrorOptions) {
    super(
      `The server did not send the image within ${formatDuration(limitMs)}. Try again later, or use an image on a faster server.`,
      options,
    );
  }
}

/** The body of the source comes in more slowly than is put up with; see `MinimumRate`. */
export class SourceTooSlowError extends ThumbnailerError {
  readonly code = 'source-timeout';

  constructor() {
    super('The server sends the image too slowly. Try again later, or use an image on a faster server.');
  }
}

/** The source's host has not answered in time again and again, and is not asked for the moment. */
export class SourceSuspendedError extends ThumbnailerError {
  readonly code = 'source-timeout';
  override readonly retryAfterSeconds: number;

  /** @param pauseMs for how long it is left alone, in milliseconds */
  constructor(pauseMs: number) {
    const retryAfterSeconds = Math.ceil(pauseMs / 1000);
    super(
      `The server has not answered in time lately, so this service asks it less. Try again in ${formatDuration(retryAfterSeconds * 1000)}, or use an image on another server.`,
    );
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The source sent, or announced, more bytes than a source may have. */
export class SourceTooLargeError extends ThumbnailerError {
  readonly code = 'source-too-large';

  constructor(limitBytes: number) {
    super(`The image is larger than ${formatBytes(limitBytes)}. Use a smaller version.`);
  }
}

/** The source sent something that is packed (`Content-Encoding`) to next to nothing: unpacking it costs more than it did. */
export class SourcePackedTooTightlyError extends ThumbnailerError {
  readonly code = 'source-too-large';

  constructor(limitRatio: number) {
    super(
      `The server sent the image compressed to less than 1/${limitRatio} of its size. Use an image on a server that doesn't compress images again.`,
    );
  }
}
