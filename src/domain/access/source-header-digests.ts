import { hash, scrypt } from 'node:crypto';
import type { SourceServer } from '../request/source-url.ts';
import { type SourceHeaders, linesFor } from './source-headers.ts';

/** Node's own, for 16 MiB and some 40 ms of a CPU: the first request of a host waits for it. Tokens are no passwords. */
const COST = { N: 2 ** 14, r: 8, p: 1 };
const DIGEST_BYTES = 32;

/**
 * Digests of header fields, for the keys of what is fetched with them. A value may be short, and keys are seen by all who
 * may read a cache: so each guess at one is expensive. The digest of a server depends on its own fields, and on the names of
 * all others, as it may redirect to their hosts. A value that is replaced costs only what was cached of its own host.
 */
export class SourceHeaderDigests {
  readonly #headers: SourceHeaders;
  /** Which fields each host is sent. */
  readonly #names: string;
  readonly #digests = new Map<string, string | Promise<string>>();

  constructor(headers: SourceHeaders) {
    this.#headers = headers;
    this.#names = JSON.stringify(
      sorted([...headers].map(([host, fields]) => [host, Object.keys(fields).sort()])),
    );
  }

  /** Empty where no host is sent any. A promise only while one is computed, once for all servers with the same lines. */
  for(server: SourceServer): string | Promise<string> {
    if (this.#headers.size === 0) return '';
    const lines = linesFor(server).filter((line) => this.#headers.has(line));
    const name = lines.join(' ');
    const known = this.#digests.get(name);
    if (known !== undefined) return known;
    const digest = lines.length === 0 ? hash('sha256', this.#names, 'base64url') : this.#compute(name, lines);
    this.#digests.set(name, digest);
    return digest;
  }

  async #compute(name: string, lines: readonly string[]): Promise<string> {
    const fields = lines.flatMap((line) => sorted(Object.entries(this.#headers.get(line) ?? {})));
    try {
      const digest = await slowHash(JSON.stringify(fields), JSON.stringify([lines, this.#names]));
      this.#digests.set(name, digest);
      return digest;
    } catch (error) {
      this.#digests.delete(name);
      throw error;
    }
  }
}

/** By their names: the order of lines decides nothing. */
function sorted<Value>(entries: readonly (readonly [name: string, value: Value])[]) {
  return entries.toSorted(([one], [other]) => (one < other ? -1 : 1));
}

function slowHash(text: string, salt: string): Promise<string> {
  return new Promise((resolve, reject) => {
    scrypt(text, salt, DIGEST_BYTES, COST, (error, digest) =>
      error === null ? resolve(digest.toString('base64url')) : reject(error),
    );
  });
}
