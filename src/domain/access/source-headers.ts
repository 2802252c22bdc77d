import { serverOf } from '../request/source-url.ts';
import type { SecretSource, Secrets } from '../../ports/secret-source.ts';

type Headers = Readonly<Record<string, string>>;

/** Header fields by the host that they are sent to: its name, or its name and port. */
export type SourceHeaders = ReadonlyMap<string, Headers>;

/** `host: Header: value`; the host may have a port, and an IPv6 address stands in brackets. */
const LINE =
  /^([a-z0-9._-]+|\[[0-9a-f:.]+\])(:\d{1,5})?:[ \t]*([!#$%&'*+.^`|~\w-]+):[ \t]*([\x20-\x7e]+?)[ \t]*$/i;

/** What the connection and the service itself decide about. */
const RESERVED =
  /^(host|connection|content-length|transfer-encoding|upgrade|te|trailer|expect|via|range|if-.*|accept-encoding|proxy-.*)$/i;

/** @throws Error that names the line, and quotes nothing of it: it holds a secret */
export function parseSourceHeaders(text: string): SourceHeaders {
  const headers = new Map<string, Headers>();
  for (const [at, line] of text.split(/\r?\n/).entries()) {
    if (line.trim() === '') continue;
    const [, name = '', port = '', header = '', value = ''] = LINE.exec(line.trim()) ?? [];
    if (name === '') throw new Error(`line ${at + 1} is not "host: Header: value"`);
    if (RESERVED.test(header)) throw new Error(`line ${at + 1} names a header that cannot be set`);
    const host = name.toLowerCase() + port;
    headers.set(host, { ...headers.get(host), [header.toLowerCase()]: value });
  }
  return headers;
}

/** Those of the host's name, and those of its name and port. A dot at the end of the name is another name. */
export function headersFor(href: string, headers: SourceHeaders): Headers {
  const { hostname, port } = serverOf(new URL(href));
  return { ...headers.get(hostname), ...headers.get(`${hostname}:${port}`) };
}

export interface SourceHeaderReaderOptions {
  readonly secrets: SecretSource;
  /** Told once of each value that cannot be used; the one before it stays in use. */
  readonly onFault: (error: unknown) => void;
}

/** The header fields that sources want, as the secret source has them now. */
export class SourceHeaderReader {
  readonly #options: SourceHeaderReaderOptions;
  #text: string | undefined;
  #headers: SourceHeaders = new Map();

  constructor(options: SourceHeaderReaderOptions) {
    this.#options = options;
  }

  /** For one address, that of a redirect too: what one host is sent, no other is. */
  async for(href: string): Promise<Headers> {
    this.#take(await this.#options.secrets.read());
    return headersFor(href, this.#headers);
  }

  #take({ 'source-headers': text }: Secrets): void {
    if (text === this.#text) return;
    this.#text = text;
    try {
      this.#headers = parseSourceHeaders(text ?? '');
    } catch (error) {
      this.#options.onFault(error);
    }
  }
}
