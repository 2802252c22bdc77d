import type { SourceUrl } from '../domain/request/source-url.ts';
import type { SourceValidators } from '../domain/source/freshness.ts';
import type { Requester } from '../domain/work/requester.ts';

/**
 * Asks a source for its image: a transport, such as HTTP or an object store. What is the same for all transports stands
 * above them, in the domain: the deadline, limits on bytes, what a status means, how long an answer stays fresh.
 */
export interface ImageFetcher {
  /**
   * Sends one request, follows its redirects, and resolves with the head of the answer, its body unread. Nothing is
   * believed about the bytes, and nothing is decompressed.
   *
   * - When `signal` aborts, this and the body reject with the signal's reason, and nothing of the request is left running.
   * - It never tries twice, and has no deadline of its own. Only a connection that was kept from an earlier fetch, and fails
   *   before any byte of an answer, is replaced by a new one.
   * - With `validators` of an earlier answer it asks whether the source has changed, of the very address that gave them;
   *   an unchanged source answers with status 304.
   * - Every address on the way, redirects included, is one that may be fetched from.
   *
   * @throws SourceForbiddenError for an address or a host that may not be fetched from, at any hop
   * @throws SourceRefusedError for redirects that lead nowhere
   * @throws SourceUnreachableError when look-up, connection, TLS or protocol fails, or the body ends early
   */
  fetch(source: SourceUrl, options: FetchOptions): Promise<SourceAnswer>;

  /**
   * Does of a fetch what costs nothing but time, such as looking the host's name up, and resolves with the rest of it. The
   * service waits for this before the fetch gets a slot, so that a name that nobody answers for takes none from others.
   * Optional; rejects as `fetch` does.
   */
  prepare?(source: SourceUrl, options: PrepareOptions): Promise<PreparedFetch>;

  /** Ends what is under way: that, and what is asked for later, rejects with OverloadedError. May be called twice. */
  close(): Promise<void>;
}

/** As `fetch`, for a source that was prepared. It may never be called. */
export type PreparedFetch = (options: FetchOptions) => Promise<SourceAnswer>;

export type PrepareOptions = Pick<FetchOptions, 'requester' | 'signal'>;

export interface FetchOptions {
  readonly signal: AbortSignal;
  /** For whom; what the fetcher itself queues goes round between clients. */
  readonly requester?: Requester | undefined;
  /** Of the version that is cached. */
  readonly validators?: SourceValidators | undefined;
  /**
   * Called before a redirect is followed, when nothing is under way with the server before, and waited for: the server
   * that it leads to may have no slot free. What it rejects with ends the fetch.
   */
  readonly onRedirect?: (target: SourceUrl) => Promise<void>;
}

/** Disposing of it ends the request, whatever state it is in; a body that was read to its end costs nothing more. */
export interface SourceAnswer extends Disposable {
  /** The address that answered, after redirects. */
  readonly href: string;
  /** As HTTP has it: 200 with an image, 304, 404 … A transport without statuses uses the nearest of them. */
  readonly status: number;
  /** Header fields by their names in lower case, one that was sent twice joined by `, `. */
  readonly headers: Readonly<Partial<Record<string, string>>>;
  /**
   * The bytes of the body, read once at most. A chunk is its reader's until the next one is asked for. Rejects with the
   * errors of `fetch`, and with the signal's reason.
   */
  readonly body: AsyncIterable<Uint8Array>;
}
