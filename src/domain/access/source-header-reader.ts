import type { SecretSource, Secrets } from '../../ports/secret-source.ts';
import type { SourceUrl } from '../request/source-url.ts';
import { SourceHeaderDigests } from './source-header-digests.ts';
import { type Headers, type SourceHeaders, headersFor, parseSourceHeaders } from './source-headers.ts';

export interface SourceHeaderReaderOptions {
  readonly secrets: SecretSource;
  /** Told once of each value that cannot be used; the one before it stays in use. */
  readonly onFault: (error: unknown) => void;
  /** Milliseconds for which digests of what was read last are good without asking again. */
  readonly maxAgeMs?: number;
}

/** As for signing keys; see `Keyring`. */
const MAX_AGE_MS = 1000;

/** The header fields that sources want, as the secret source has them now. */
export class SourceHeaderReader {
  readonly #options: SourceHeaderReaderOptions;
  readonly #maxAgeMs: number;
  #text: string | undefined;
  #headers: SourceHeaders = new Map();
  #digests = new SourceHeaderDigests(this.#headers);
  #readAtMs = -Infinity;

  constructor(options: SourceHeaderReaderOptions) {
    this.#options = options;
    this.#maxAgeMs = options.maxAgeMs ?? MAX_AGE_MS;
  }

  /** For one address, that of a redirect too: what one host is sent, no other is. */
  async for(href: string): Promise<Headers> {
    this.#take(await this.#options.secrets.read());
    return headersFor(href, this.#headers);
  }

  /** A digest of what decides, of all these fields, what an address leads to; see `SourceHeaderDigests`. */
  digestFor({ server }: SourceUrl): string | Promise<string> {
    // Stores are sent none.
    if (server === undefined) return '';
    if (performance.now() - this.#readAtMs < this.#maxAgeMs) return this.#digests.for(server);
    return this.#options.secrets.read().then((secrets) => {
      this.#take(secrets);
      return this.#digests.for(server);
    });
  }

  #take({ 'source-headers': text }: Secrets): void {
    this.#readAtMs = performance.now();
    if (text === this.#text) return;
    this.#text = text;
    try {
      this.#headers = parseSourceHeaders(text ?? '');
      this.#digests = new SourceHeaderDigests(this.#headers);
    } catch (error) {
      this.#options.onFault(error);
    }
  }
}
