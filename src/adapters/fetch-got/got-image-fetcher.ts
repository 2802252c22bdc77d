import type { LookupAddress } from 'node:dns';
import type { SourcePolicy } from '../../domain/access/source-policy.ts';
import { SourceRefusedError } from '../../domain/errors/index.ts';
import type { SourceUrl } from '../../domain/request/source-url.ts';
import { conditionsFor } from '../../domain/source/answer.ts';
import type { SourceValidators } from '../../domain/source/freshness.ts';
import { isRedirect, redirectTarget } from '../../domain/source/redirects.ts';
import { ClosableWork } from '../../domain/work/closable-work.ts';
import { type Caller, Requester } from '../../domain/work/requester.ts';
import type {
  FetchOptions,
  ImageFetcher,
  PrepareOptions,
  PreparedFetch,
  SourceAnswer,
} from '../../ports/image-fetcher.ts';
import type { AddressPolicy } from './address-rules.ts';
import { ChainCookies } from './chain-cookies.ts';
import { HostAddresses, type HostNames } from './host-addresses.ts';
import { HttpClient } from './http-client.ts';
import { translateError } from './translate-error.ts';

export interface GotImageFetcherOptions {
  readonly maxRedirects: number;
  /** What the target of a redirect has to comply with; the first address is its maker's to check. */
  readonly policy: SourcePolicy;
  readonly addresses: AddressPolicy;
  /** Such as `thumbnailer/1.2.3`. */
  readonly userAgent: string;
  readonly names: HostNames;
  /** Header fields that the host of an address is to be sent, and no other. */
  readonly headersOf?: (href: string) => Promise<Readonly<Record<string, string>>>;
}

/** Fetches over HTTP/1.1 and TLS. Connections are kept for a few seconds; see `KeptConnections`. */
export class GotImageFetcher implements ImageFetcher {
  readonly #options: GotImageFetcherOptions;
  readonly #hosts: HostAddresses;
  readonly #client: HttpClient;
  readonly #work = new ClosableWork();

  constructor(options: GotImageFetcherOptions) {
    this.#options = options;
    this.#hosts = new HostAddresses(options);
    this.#client = new HttpClient(options.userAgent, this.#hosts);
  }

  fetch(source: SourceUrl, options: FetchOptions): Promise<SourceAnswer> {
    return this.#fetch(source, options, undefined);
  }

  /** Looks up the name of the host; what is fetched then comes from the addresses that were found. */
  async prepare(
    source: SourceUrl,
    { requester = new Requester(), signal }: PrepareOptions,
  ): Promise<PreparedFetch> {
    using held = new DisposableStack();
    const ending = this.#work.begin(signal, held);
    const found = await this.#addressesOf(source.href, { requester, signal: ending });
    return (options) => this.#fetch(source, options, found);
  }

  /** Downloads under way, and those that are asked for later, reject with OverloadedError. May be called twice. */
  close(): Promise<void> {
    this.#work.close();
    this.#client.close();
    return Promise.resolve();
  }

  async #fetch(
    source: SourceUrl,
    { requester = new Requester(), signal, validators = {}, onRedirect }: FetchOptions,
    found: readonly LookupAddress[] | undefined,
  ): Promise<SourceAnswer> {
    using held = new DisposableStack();
    const ending = this.#work.begin(signal, held);
    const known = { validators, onRedirect, found };
    const caller = { requester, signal: ending };
    const { href, exchange, status, headers } = await this.#follow(source, known, caller, held);
    const kept = held.move();
    return { href, status, headers, body: exchange.body(), [Symbol.dispose]: () => kept.dispose() };
  }

  async #follow(
    source: SourceUrl,
    { validators, onRedirect, found }: Known,
    caller: Caller,
    held: DisposableStack,
  ) {
    const { maxRedirects, policy } = this.#options;
    const cookies = new ChainCookies();
    let href = source.href;
    for (let redirects = 0; ; redirects += 1) {
      const known = redirects === 0 ? found : undefined;
      const addresses = known ?? (await this.#addressesOf(href, caller));
      const cookie = cookies.headerFor(href);
      const headers = {
        ...(cookie !== undefined && { cookie }),
        ...(await this.#options.headersOf?.(href)),
        ...conditionsFor(href, validators),
      };
      const { exchange, head } = await this.#client.ask({ href, headers, addresses }, caller.signal, held);
      if (!isRedirect(head.status)) return { href, exchange, ...head };
      exchange[Symbol.dispose]();
      cookies.receive(href, head.setCookies);
      if (redirects === maxRedirects) throw tooManyRedirects(maxRedirects, head.status);
      const target = redirectTarget(href, head, policy);
      await onRedirect?.(target);
      href = target.href;
    }
  }

  async #addressesOf(href: string, caller: Caller): Promise<readonly LookupAddress[]> {
    try {
      return await this.#hosts.of(new URL(href).hostname, caller);
    } catch (error) {
      caller.signal.throwIfAborted();
      throw translateError(error as Error);
    }
  }
}

/** What is known of a source before it is fetched. */
interface Known {
  readonly validators: SourceValidators;
  readonly onRedirect: FetchOptions['onRedirect'];
  /** The addresses of its host. */
  readonly found: readonly LookupAddress[] | undefined;
}

function tooManyRedirects(limit: number, status: number): SourceRefusedError {
  return new SourceRefusedError(
    `The server redirects more than ${limit} times. Use the URL that it leads to in the end.`,
    status,
  );
}
