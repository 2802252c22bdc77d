import type { LookupAddress } from 'node:dns';
import got, { type Got } from 'got';
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
import { type Agents, guardedAgents } from './address-guard.ts';
import type { AddressPolicy } from './address-rules.ts';
import { ChainCookies } from './chain-cookies.ts';
import { Exchange } from './exchange.ts';
import { HostAddresses, type HostNames } from './host-addresses.ts';
import { MAX_HEAD_BYTES } from './lenient-answers.ts';
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

/** Fetches over HTTP/1.1 and TLS, one new connection for each hop. */
export class GotImageFetcher implements ImageFetcher {
  readonly #options: GotImageFetcherOptions;
  readonly #client: Got;
  readonly #hosts: HostAddresses;
  readonly #work = new ClosableWork();

  constructor(options: GotImageFetcherOptions) {
    this.#options = options;
    this.#client = clientFor(options);
    this.#hosts = new HostAddresses(options);
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
    try {
      const found = await this.#hosts.of(new URL(source.href).hostname, { requester, signal: ending });
      return (options) => this.#fetch(source, options, found);
    } catch (error) {
      ending.throwIfAborted();
      throw translateError(error as Error);
    }
  }

  /** Downloads under way, and those that are asked for later, reject with OverloadedError. May be called twice. */
  close(): Promise<void> {
    this.#work.close();
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
      const agent = this.#agents(caller, redirects === 0 ? found : undefined);
      const cookie = cookies.headerFor(href);
      const headers = {
        ...(cookie !== undefined && { cookie }),
        ...(await this.#options.headersOf?.(href)),
        ...conditionsFor(href, validators),
      };
      const exchange = held.use(new Exchange(this.#client, href, { headers, agent }, caller.signal));
      const head = await exchange.head();
      if (!isRedirect(head.status)) return { href, exchange, ...head };
      exchange[Symbol.dispose]();
      cookies.receive(href, head.setCookies);
      if (redirects === maxRedirects) throw tooManyRedirects(maxRedirects, head.status);
      const target = redirectTarget(href, head, policy);
      await onRedirect?.(target);
      href = target.href;
    }
  }

  /** For one hop, whose host need not be looked up where its addresses are known. */
  #agents(caller: Caller, found: readonly LookupAddress[] | undefined): Agents {
    const hosts = this.#hosts;
    const resolve = async (hostname: string) => found ?? hosts.of(hostname, caller);
    return guardedAgents({ hosts, resolve });
  }
}

/** What is known of a source before it is fetched. */
interface Known {
  readonly validators: SourceValidators;
  readonly onRedirect: FetchOptions['onRedirect'];
  /** The addresses of its host. */
  readonly found: readonly LookupAddress[] | undefined;
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
    // More than `readLeniently` lets pass, in whatever form that was written.
    maxHeaderSize: 2 * MAX_HEAD_BYTES,
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

function tooManyRedirects(limit: number, status: number): SourceRefusedError {
  return new SourceRefusedError(
    `The server redirects more than ${limit} times. Use the URL that it leads to in the end.`,
    status,
  );
}
