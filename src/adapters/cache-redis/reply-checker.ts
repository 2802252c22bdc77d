/** What a reply begins with, see "Redis serialization protocol": simple, error, integer, bulk. */
const FIRST_BYTES = '+-:$';
/** A list of replies. */
const LIST = '*';
/** Of all lists in one reply: a cluster of a thousand nodes tells of itself in some 30,000. */
const MAX_ELEMENTS = 100_000;

const LINE_FEED = 0x0a;
const CRLF_BYTES = 2;

/** An error is told in a line. */
const MAX_LINE_BYTES = 4096;

/** Somewhat above the largest value that is ever stored. */
const MAX_BODY_BYTES = 5 * 1024 * 1024;

export interface ReplyCheckerOptions {
  /** How many commands have been sent. */
  readonly askedCount: () => number;
  /** Whether a reply may be a list. */
  readonly mayList?: boolean;
}

/**
 * Reads along what a server sends, and refuses what cannot be the reply to a command: ioredis would collect the
 * 4 GiB that one announces, and a `null` that nobody asked for makes it throw where nobody can catch it.
 */
export class ReplyChecker {
  readonly #askedCount: () => number;
  readonly #firstBytes: string;
  #answeredCount = 0;
  /** Of the reply that has begun, while its first line is not whole. */
  #line = '';
  /** Of the reply that has begun, with the line end behind it. */
  #bodyBytesLeft = 0;
  /** Of the lists in the reply that has begun. */
  #elementsLeft = 0;
  #elements = 0;

  constructor({ askedCount, mayList = false }: ReplyCheckerOptions) {
    this.#askedCount = askedCount;
    this.#firstBytes = mayList ? FIRST_BYTES + LIST : FIRST_BYTES;
  }

  /** @throws Error when the chunk has something that cannot be a reply, or that nobody asked for */
  check(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length) {
      at = this.#bodyBytesLeft > 0 ? this.#skipBody(chunk, at) : this.#readLine(chunk, at);
    }
  }

  #skipBody(chunk: Buffer, at: number): number {
    const skipped = Math.min(this.#bodyBytesLeft, chunk.length - at);
    this.#bodyBytesLeft -= skipped;
    return at + skipped;
  }

  #readLine(chunk: Buffer, at: number): number {
    const lineFeedAt = chunk.indexOf(LINE_FEED, at);
    const end = lineFeedAt === -1 ? chunk.length : lineFeedAt + 1;
    const line = this.#line + chunk.toString('latin1', at, Math.min(end, at + MAX_LINE_BYTES));
    if (!this.#firstBytes.includes(line.charAt(0)) || line.length >= MAX_LINE_BYTES) {
      throw new Error('the server sent something that is not Redis');
    }
    if (this.#answeredCount >= this.#askedCount()) throw new Error('the server answered what was not asked');
    this.#line = line;
    if (lineFeedAt !== -1) this.#endLine();
    return end;
  }

  #endLine(): void {
    if (this.#line.startsWith('$')) this.#bodyBytesLeft = bodyBytesOf(this.#line);
    if (this.#elementsLeft > 0) this.#elementsLeft -= 1;
    if (this.#line.startsWith(LIST)) this.#beginList(elementsOf(this.#line));
    this.#line = '';
    if (this.#elementsLeft > 0) return;
    this.#elements = 0;
    this.#answeredCount += 1;
  }

  #beginList(elements: number): void {
    this.#elements += elements;
    if (this.#elements > MAX_ELEMENTS)
      throw new Error(`the server announced a reply of ${this.#elements} elements`);
    this.#elementsLeft += elements;
  }
}

function elementsOf(line: string): number {
  const [, length] = /^\*(-1|\d{1,6})\r\n$/.exec(line) ?? [];
  if (length === undefined) throw new Error('the server sent something that is not Redis');
  return Math.max(0, Number(length));
}

function bodyBytesOf(line: string): number {
  const [, length] = /^\$(-1|\d{1,10})\r\n$/.exec(line) ?? [];
  if (length === undefined) throw new Error('the server sent something that is not Redis');
  if (length === '-1') return 0;
  if (Number(length) > MAX_BODY_BYTES) throw new Error(`the server announced a reply of ${length} bytes`);
  return Number(length) + CRLF_BYTES;
}
