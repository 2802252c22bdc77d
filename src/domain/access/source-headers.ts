import { type SourceServer, serverOf } from '../request/source-url.ts';

export type Headers = Readonly<Record<string, string>>;

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
  return Object.assign({}, ...linesFor(serverOf(new URL(href))).map((line) => headers.get(line))) as Headers;
}

/** What the lines for a server begin with; fields of the second replace those of the first. */
export function linesFor({ hostname, port }: SourceServer): readonly string[] {
  return [hostname, `${hostname}:${port}`];
}
