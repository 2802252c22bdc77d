import type { LookupAddress } from 'node:dns';
import { DEFAULT_CIPHERS } from 'node:tls';
import got, { type Got } from 'got';
import { Connections } from './connections.ts';
import { type AnswerHead, Exchange } from './exchange.ts';
import type { HostAddresses } from './host-addresses.ts';
import { MAX_HEAD_BYTES } from './head-text.ts';

export interface Question {
  readonly href: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What its host resolves to. */
  readonly addresses: readonly LookupAddress[];
}

export interface Asked {
  readonly exchange: Exchange;
  readonly head: AnswerHead;
}

/** What a server may say to a connection that it has grown tired of (RFC 9110, 15.5.9). */
const REQUEST_TIMEOUT = 408;

/**
 * As in browsers, without Diffie-Hellman over numbers that the server chooses: with those of 10,000 bits, a handshake takes a
 * second, in which nothing else happens.
 */
const CIPHERS = `${DEFAULT_CIPHERS}:!kDHE`;

/** Sends single requests, and keeps connections for the next ones. */
export class HttpClient {
  readonly #client: Got;
  readonly #connections: Connections;

  constructor(userAgent: string, hosts: Pick<HostAddresses, 'check'>) {
    this.#client = clientFor(userAgent);
    this.#connections = new Connections(hosts);
  }

  /**
   * Resolves with the head of the answer. A request that fails on a kept connection, which the server may just have closed,
   * is sent once more on a new one, unless any byte of an answer has come.
   *
   * @param held what ends the exchange
   */
  async ask(question: Question, signal: AbortSignal, held: DisposableStack): Promise<Asked> {
    const first = held.use(await this.#send(question, signal, { isOnNewConnection: false }));
    try {
      const head = await first.head();
      if (!first.isOnKeptConnection || head.status !== REQUEST_TIMEOUT) return { exchange: first, head };
    } catch (error) {
      signal.throwIfAborted();
      if (!first.isOnKeptConnection || first.hasBegun) throw error;
    }
    first[Symbol.dispose]();
    const second = held.use(await this.#send(question, signal, { isOnNewConnection: true }));
    return { exchange: second, head: await second.head() };
  }

  /** Keeps no connection from now on. */
  close(): void {
    this.#connections.close();
  }

  async #send(
    { href, headers, addresses }: Question,
    signal: AbortSignal,
    options: { readonly isOnNewConnection: boolean },
  ): Promise<Exchange> {
    const request = await this.#connections.sender({ addresses, ...options });
    return new Exchange(this.#client, href, { headers, request }, signal);
  }
}

/**
 * got with everything switched off that it would do on its own: following redirects and reading the bodies of errors
 * (both without a limit on bytes), trying again, inflating (60 KB can become 60 MB), HTTP/2 (which would connect past
 * the agents), and deadlines (there is one, and it is ours).
 */
function clientFor(userAgent: string): Got {
  return got.extend({
    followRedirect: false,
    throwHttpErrors: false,
    retry: { limit: 0 },
    decompress: false,
    http2: false,
    enableUnixSockets: false,
    // More than `readLeniently` lets pass, in whatever form that was written.
    maxHeaderSize: 2 * MAX_HEAD_BYTES,
    https: { rejectUnauthorized: true, ciphers: CIPHERS },
    headers: {
      // AVIF is not asked for by name: servers that have the choice then send what costs a tenth to decode.
      accept: 'image/jpeg,image/png,image/webp,image/gif,image/*;q=0.8,*/*;q=0.1',
      'accept-encoding': 'identity',
      'user-agent': userAgent,
      // RFC 9110, 7.6.3: by it a request that was led back here is known for what it is.
      via: '1.1 thumbnailer',
    },
  });
}
