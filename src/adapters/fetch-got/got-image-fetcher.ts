import type { LookupFunction } from 'node:net';
import got, { type Got } from 'got';
import { OverloadedError, SourceRefusedError, SourceTooLargeError } from '../../domain/errors/index.ts';
import type { SourcePolicy } from '../../domain/access/source-policy.ts';
import type { SourceUrl } from '../../domain/request/source-url.ts';
import type { FetchOptions, ImageFetcher, SourceImage, UnchangedSource } from '../../ports/image-fetcher.ts';
import { guardedAgents } from './address-guard.ts';
import type { AddressPolicy } from './address-rules.ts';
import { Cancellation } from './cancellation.ts';
import { checkStatus } from './check-status.ts';
import { conditionsFor, freshnessOf, retryAfterMs, validatorsOf } from './answer-facts.ts';
import { type AnswerHead, Exchange } from './exchange.ts';
import type { Body } from './receive-buffer.ts';
import { isRedirect, redirectTarget } from './redirects.ts';

export interface GotImageFetcherOptions {
  /** The most bytes that a source may have. */
  readonly maxBytes: number;
  /** For a whole download: look-up, every hop, headers, body. */
  readonly timeoutMs: number;
  readonly maxRedirects: number;
  /** What the target of a redirect has to comply with; the first address is its maker's to check. */
  readonly policy: SourcePolicy;
  readonly addresses: AddressPolicy;
  /** Such as `thumbnailer/1.2.3`. */
  readonly userAgent: string;
  /** For tests; `dns.lookup` where absent. */
  readonly lookup?: LookupFunction;
}

/** Fetches over HTTP/1.1 and TLS, one new connection for each hop. */
export class GotImageFetcher implements ImageFetcher {
  readonly #options: GotImageFetcherOptions;
  readonly #client: Got;
  readonly #underWay = new Set<Cancellation>();
  #closed = false;

  constructor(options: GotImageFetcherOptions) {
    this.#options = options;
    this.#client = clientFor(options);
  }

  async fetch(source: SourceUrl, options: FetchOptions): Promise<SourceImage | UnchangedSource> {
    const { signal } = options;
    if (this.#closed) throw new OverloadedError();
    using cancellation = new Cancellation({ signal, timeoutMs: this.#options.timeoutMs });
    this.#underWay.add(cancellation);
    try {
      return await this.#download(source, cancellation, options);
    } finally {
      this.#underWay.delete(cancellation);
    }
  }

  /** Downloads under way, and those that are asked for later, reject with OverloadedError. May be called twice. */
  close(): Promise<void> {
    this.#closed = true;
    for (const cancellation of this.#underWay) cancellation.cancel(new OverloadedError());
    return Promise.resolve();
  }

  async #download(
    source: SourceUrl,
    cancellation: Cancellation,
    options: FetchOptions,
  ): Promise<SourceImage | UnchangedSource> {
    const { maxRedirects, policy } = this.#options;
    const { validators } = options;
    let url = source.href;
    for (let redirects = 0; ; redirects += 1) {
      const conditions = conditionsFor(url, validators);
      using exchange = new Exchange(this.#client, url, conditions);
      const head = await cancellation.race(exchange.head());
      if (head.status === 304 && Object.keys(conditions).length > 0) {
        return { bytes: undefined, freshness: freshnessOf(200, head.headers), validators: validators ?? {} };
      }
      if (!isRedirect(head.status)) {
        const body = await this.#receive(exchange, head, cancellation, options);
        const { status, headers } = head;
        return { ...body, freshness: freshnessOf(status, headers), validators: validatorsOf(url, headers) };
      }
      if (redirects === maxRedirects) throw tooManyRedirects(maxRedirects, head.status);
      url = redirectTarget(url, head, policy).href;
    }
  }

  async #receive(
    exchange: Exchange,
    { status, announcedBytes, headers }: AnswerHead,
    cancellation: Cancellation,
    { reserve, judge }: FetchOptions,
  ): Promise<Body> {
    const { maxBytes } = this.#options;
    checkStatus(status, retryAfterMs(headers));
    if (announcedBytes !== undefined && announcedBytes > maxBytes) throw new SourceTooLargeError(maxBytes);
    if (reserve !== undefined) await cancellation.race(reserve(announcedBytes ?? maxBytes));
    return cancellation.race(exchange.body({ announcedBytes, maxBytes, judge }));
  }
}

/**
 * got with everything switched off that it would do on its own: following redirects and reading the bodies of errors
 * (both without a limit on bytes), trying again, inflating (60 KB can become 60 MB), HTTP/2 (which would connect past
 * the agents), and deadlines (there is one, and it is ours).
 */
function clientFor(options: GotImageFetcherOptions): Got {
  return got.extend({
    followRedirect: false,
    throwHttpErrors: false,
    retry: { limit: 0 },
    decompress: false,
    http2: false,
    enableUnixSockets: false,
    agent: guardedAgents(options),
    maxHeaderSize: MAX_HEADER_BYTES,
    https: { rejectUnauthorized: true },
    headers: {
      // AVIF is not asked for by name: servers that have the choice then send what costs a tenth to decode.
      accept: 'image/jpeg,image/png,image/webp,image/gif,image/*;q=0.8,*/*;q=0.1',
      'accept-encoding': 'identity',
      'user-agent': options.userAgent,
      // RFC 9110, 7.6.3: by it a request that was led back here is known for what it is.
      via: '1.1 thumbnailer',
    },
  });
}

/** Node's own limit, written down so that `--max-http-header-size` does not move it. */
const MAX_HEADER_BYTES = 16 * 1024;

function tooManyRedirects(limit: number, status: number): SourceRefusedError {
  return new SourceRefusedError(`The server redirects more than ${limit} times.`, status);
}
