import type { SourceFreshness, SourceValidators } from '../domain/cache/source-freshness.ts';
import type { PrefixJudge } from '../domain/image/source-prefix.ts';
import type { SourceUrl } from '../domain/request/source-url.ts';

/** Brings the bytes of a source here. */
export interface ImageFetcher {
  /**
   * Downloads the source, following its redirects, and resolves with the bytes exactly as they were sent: nothing is
   * decompressed and nothing is believed about them.
   *
   * - One deadline covers all of it: look-up, every hop, headers, body.
   * - Bytes are counted as they come, on every response whatever its status; the connection is closed at the limit.
   * - When `signal` aborts, it rejects with the signal's reason, and nothing of the download is left running.
   * - It never tries twice: a caller that wants that says so.
   *
   * With `validators` of an earlier answer, a source that says that it has not changed (304) resolves without bytes.
   *
   * With a `judge`, it is asked as the bytes come. Once it says that they are enough the connection is closed, and what
   * resolves is the short file that it has made of them. All limits hold as they do for the whole file.
   *
   * @throws SourceForbiddenError for an address or a host that may not be fetched from, at any hop
   * @throws SourceNotFoundError for 404 and 410; SourceRefusedError for any other status and for bad redirects
   * @throws SourceUnreachableError when look-up, connection, TLS or HTTP fails, or the body ends early
   * @throws SourceTimeoutError at the deadline; SourceTooLargeError at the limit
   */
  fetch(source: SourceUrl, options: FetchOptions): Promise<SourceImage | UnchangedSource>;

  /** Ends the downloads under way: they, and those asked for later, reject with OverloadedError. May be called twice. */
  close(): Promise<void>;
}

export interface FetchOptions {
  readonly signal: AbortSignal;
  /**
   * Asked once, before the body is read, with the most bytes that the body can have: its announced length, or the
   * limit where none is announced. The body waits until it resolves; if it rejects, so does the fetch, with the same
   * error.
   */
  readonly reserve?: (maxBytes: number) => Promise<void>;
  /** Of the version at hand; sent only to the very address that gave them. */
  readonly validators?: SourceValidators;
  /** Of this download alone. Without one, the file is read to its end. */
  readonly judge?: PrefixJudge;
}

/** What every answer says of itself. */
interface SourceFacts {
  readonly freshness: SourceFreshness;
  readonly validators: SourceValidators;
}

/**
 * Disposing of it gives the memory of its bytes back at once; a garbage collector, to which they are one small object,
 * would let many megabytes pile up first. Nothing may read them afterwards.
 */
export interface SourceImage extends SourceFacts, Disposable {
  readonly bytes: Uint8Array;
  /** Whether the download has ended early: then the bytes are a short file that the judge has found to be enough. */
  readonly isPrefix: boolean;
  /** Length of the whole file; undefined where it was neither announced nor read to its end. */
  readonly wholeBytes: number | undefined;
  /** How many bytes of the file were read; a prefix may be a little shorter. */
  readonly receivedBytes: number;
}

/** The source is as it was when the validators were given. */
export interface UnchangedSource extends SourceFacts {
  readonly bytes: undefined;
}
