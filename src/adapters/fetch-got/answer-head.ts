import { SourceUnreachableError } from '../../domain/errors/index.ts';

/** How the end of a body is known. */
export type Framing =
  | { readonly kind: 'none' }
  | { readonly kind: 'length'; readonly bytes: number }
  | { readonly kind: 'chunked' }
  | { readonly kind: 'close' };

/** The head of an answer, as read from whatever form it came in. */
export interface LenientHead {
  readonly status: number;
  /** Well-formed ones, in their order, without those that say how the body is framed. */
  readonly fields: readonly Field[];
  readonly framing: Framing;
  /** Whether server and client agree on where the answer ends, and the connection stays open after it. */
  readonly keepsConnection: boolean;
}

/** Its name as it was sent, and in lower case. */
interface Field {
  readonly name: string;
  readonly key: string;
  readonly value: string;
}

/** As in browsers, four bytes of anything may come before the status line, which may lack all but its name. */
const STATUS_LINE = /^[^]{0,4}?http(?:\/(\d+\.\d+))?[^ \n]*(?: +(\d*))?/i;
const REGULAR_STATUS_LINE = /^HTTP\/1\.[01] \d{3}(?: [\t\x20-\x7e\x80-\xff]*)?$/;
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
const MAX_FIELDS = 5000;

/** Whether this is no answer, and never will be one. */
export function isOtherProtocol(beginning: string): boolean {
  return beginning.length >= 'http'.length + 4 && !STATUS_LINE.test(beginning);
}

/**
 * Reads a head as browsers do: any line may end with a bare LF, a field that makes no sense is left out, and what says
 * nothing usable of the length says nothing.
 *
 * @param text from the status line to the blank line, in Latin-1
 * @throws SourceUnreachableError where even browsers give up
 */
export function readHead(text: string): LenientHead {
  const [statusLine = '', ...lines] = text.trimEnd().split('\n');
  const found = STATUS_LINE.exec(text);
  if (found === null) throw notHttp(`it begins with ${JSON.stringify(statusLine.slice(0, 80))}`);
  if (lines.length > MAX_FIELDS) throw tooManyFields();
  const [, version = '1.0', digits = ''] = found;
  const status = Number(digits || 200);
  if (status < 100 || status > 999) throw notHttp(`status ${digits}`);
  const fields = unfolded(lines).flatMap(wellFormed);
  const coded = valuesOf(fields, 'transfer-encoding').filter((coding) => coding !== 'identity');
  const lengths = valuesOf(fields, 'content-length');
  const framing = framingOf(status, coded, lengths);
  const isRegular =
    REGULAR_STATUS_LINE.test(statusLine.trimEnd()) &&
    lines.every((line) => REGULAR_FIELD.test(line)) &&
    !/[^\r]\n/.test(text) &&
    isFramedOnce(status, framing, coded, lengths);
  return {
    status,
    fields: withCodings(fields, coded),
    framing,
    keepsConnection: isRegular && staysOpen(version, valuesOf(fields, 'connection')),
  };
}

/** The head as Node's parser, which takes nothing but the strict form, is given it. */
export function writeHead({ status, fields, framing, keepsConnection }: LenientHead): string {
  const lines = fields.map(({ name, value }) => `${name}: ${value}`);
  if (framing.kind === 'length') lines.push(`Content-Length: ${framing.bytes}`);
  if (framing.kind === 'chunked') lines.push('Transfer-Encoding: chunked');
  lines.push(`Connection: ${keepsConnection ? 'keep-alive' : 'close'}`);
  return `HTTP/1.1 ${status} \r\n${lines.join('\r\n')}\r\n\r\n`;
}

export function notHttp(what: string): SourceUnreachableError {
  return new SourceUnreachableError("The server sent something that isn't valid HTTP.", {
    cause: new Error(what),
  });
}

export function tooManyFields(): SourceUnreachableError {
  return new SourceUnreachableError('The server sent too many header fields.');
}

/** A line that begins with a space goes on with the one before it. */
function unfolded(lines: readonly string[]): string[] {
  const whole: string[] = [];
  for (const line of lines) {
    if (/^[ \t]/.test(line) && whole.length > 0) whole.push(`${whole.pop()} ${line.trim()}`);
    else whole.push(line);
  }
  return whole;
}

const REGULAR_FIELD = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+:[\t\x20-\x7e\x80-\xff]*\r?$/;
// eslint-disable-next-line no-control-regex -- control characters are what it looks for
const CONTROL = /[\x00-\x08\x0a-\x1f\x7f]/g;

/** Nothing where it is not `name: value`. Control characters would end a line, or the text, for others. */
function wellFormed(line: string): Field[] {
  const colon = line.indexOf(':');
  const name = line.slice(0, Math.max(0, colon)).trim();
  if (!TOKEN.test(name)) return [];
  const key = name.toLowerCase();
  const isAddress = key === 'location';
  const value = line
    .slice(colon + 1)
    .trim()
    .replace(CONTROL, (control) => (isAddress ? encodeURIComponent(control) : ' '));
  return [{ name, key, value }];
}

/** All values of a field that is a list, in lower case. */
function valuesOf(fields: readonly Field[], wanted: string): string[] {
  return fields
    .filter(({ key }) => key === wanted)
    .flatMap(({ value }) => value.toLowerCase().split(','))
    .map((value) => value.trim());
}

/** Of chunks and a length, the chunks count (RFC 9112, 6.3), and a length that is no number counts for nothing. */
function framingOf(status: number, coded: readonly string[], lengths: readonly string[]): Framing {
  if (status < 200 || status === 204 || status === 304) return { kind: 'none' };
  if (coded.includes('chunked')) return { kind: 'chunked' };
  const numbers = new Set(lengths.filter((length) => /^\d{1,15}$/.test(length)).map(Number));
  if (coded.length > 0 || numbers.size === 0) return { kind: 'close' };
  if (numbers.size > 1) throw notHttp(`Content-Length: ${lengths.join(', ')}`);
  const [bytes = 0] = numbers;
  return { kind: 'length', bytes };
}

/** Whether nobody could see the answer end elsewhere. */
function isFramedOnce(
  status: number,
  framing: Framing,
  coded: readonly string[],
  lengths: readonly string[],
): boolean {
  switch (framing.kind) {
    case 'close':
      return false;
    case 'chunked':
      return coded.length === 1 && lengths.length === 0;
    case 'length':
      return lengths.length === 1;
    case 'none':
      // With 304 it is the length of what was not sent.
      return coded.length === 0 && (status === 304 || lengths.every((length) => length === '0'));
  }
}

function staysOpen(version: string, connection: readonly string[]): boolean {
  return version === '1.1' ? !connection.includes('close') : connection.includes('keep-alive');
}

const OF_FRAMING = ['content-length', 'transfer-encoding', 'connection', 'upgrade', 'trailer'];

/** What a body was compressed with for its transfer undoes like any other compression (RFC 9112, 7). */
function withCodings(fields: readonly Field[], coded: readonly string[]): readonly Field[] {
  const others = fields.filter(({ key }) => !OF_FRAMING.includes(key));
  const compressions = coded.filter((coding) => coding !== 'chunked' && coding !== '');
  if (compressions.length === 0) return others;
  const value = compressions.join(', ');
  return [...others, { name: 'Content-Encoding', key: 'content-encoding', value }];
}
