/** What the replies to our commands begin with, see "Redis serialization protocol": simple, error, integer, bulk. */
const FIRST_BYTES = '+-:$';

const LINE_FEED = 0x0a;
const CRLF_BYTES = 2;

/** An error is told in a line. */
const MAX_LINE_BYTES = 4096;

/** Somewhat above the largest value that is ever stored. */
const MAX_BODY_BYTES = 5 * 1024 * 1024;

/**
 * Reads along what a server sends, and refuses what cannot be the reply to a command: ioredis would collect the
 * 4 GiB that one announces, and a `null` that nobody asked for makes it throw where nobody can catch it.
 */
export class ReplyChecker {
  readonly #askedCount: () => number;
  #answeredCount = 0;
  /** Of the reply that has begun, while its first line is not whole. */
  #line = '';
  /** Of the reply that has begun, with the line end behind it. */
  #bodyBytesLeft = 0;

  /** @param askedCount how many commands have been sent */
  constructor(askedCount: () => number) {
    this.#askedCount = askedCount;
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
    if (!FIRST_BYTES.includes(line.charAt(0)) || line.length >= MAX_LINE_BYTES) {
      throw new Error('the server sent something that is not Redis');
    }
    if (this.#answeredCount >= this.#askedCount()) throw new Error('the server answered what was not asked');
    this.#line = line;
    if (lineFeedAt !== -1) this.#endLine();
    return end;
  }

  #endLine(): void {
    if (this.#line.startsWith('$')) this.#bodyBytesLeft = bodyBytesOf(this.#line);
    this.#line = '';
    this.#answeredCount += 1;
  }
}

function bodyBytesOf(line: string): number {
  const [, length] = /^\$(-1|\d{1,10})\r\n$/.exec(line) ?? [];
  if (length === undefined) throw new Error('the server sent something that is not Redis');
  if (length === '-1') return 0;
  if (Number(length) > MAX_BODY_BYTES) throw new Error(`the server announced a reply of ${length} bytes`);
  return Number(length) + CRLF_BYTES;
}
