import type { IncomingMessage } from 'node:http';

/** An origin as browsers send it, as `https://app.example`, or `*` for any. */
export type AllowedOrigin = string;

/** What scripts on pages of other sites may do here (CORS): any of them may read, those listed by name may upload too. */
export class CrossOrigin {
  readonly #allowsAny: boolean;
  readonly #named: ReadonlySet<AllowedOrigin>;
  readonly #toAny = grant('*');

  constructor(allowed: readonly AllowedOrigin[]) {
    this.#allowsAny = allowed.includes('*');
    this.#named = new Set(allowed.filter((origin) => origin !== '*'));
  }

  /** Who may read the answer to such a request: the origin that sent it, `*`, or nobody else. */
  readerOf({ headers: { origin } }: IncomingMessage, method: string | undefined): AllowedOrigin | undefined {
    if (this.#allowsAny && isReading(method)) return '*';
    return origin !== undefined && this.#named.has(origin) ? origin : undefined;
  }

  /** The headers that let the sender of a request read its answer, names and values in turn, if it may. */
  headersFor(request: IncomingMessage): readonly string[] {
    const reader = this.readerOf(request, request.method);
    if (reader === undefined) return [];
    return reader === '*' ? this.#toAny : grant(reader);
  }

  /** Whether an answer to this method depends on `Origin`, which caches have to know. */
  dependsOnOrigin(method: string | undefined): boolean {
    return this.#named.size > 0 && !(this.#allowsAny && isReading(method));
  }

  /**
   * Whether the sender of an upload may send it: a page of this service or of a listed site, or a program. Browsers send
   * some uploads without a preflight, so that not answering one is not enough.
   */
  mayUpload({ headers }: IncomingMessage): boolean {
    const { origin, host, 'sec-fetch-site': site } = headers;
    if (origin === undefined || site === 'same-origin' || this.#named.has(origin)) return true;
    return URL.parse(origin)?.host === host;
  }
}

function isReading(method: string | undefined): boolean {
  return method === 'GET' || method === 'HEAD';
}

function grant(origin: AllowedOrigin): readonly string[] {
  return [
    ...['Access-Control-Allow-Origin', origin],
    // All of them: no answer has one that is meant for a single person. Their names would weigh more than a thumbnail's own.
    ...['Access-Control-Expose-Headers', '*'],
    ...['Timing-Allow-Origin', origin],
  ];
}
