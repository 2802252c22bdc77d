import { notHttp } from './answer-head.ts';

/** As in browsers; an extension may have some use for a few of them. */
const MAX_LINE_BYTES = 16 * 1024;
const LF = 0x0a;
const CRLF = '\r\n';

/** Without spaces or extensions, of which others may think otherwise. */
const REGULAR_SIZE = /^[0-9a-f]{1,12}\r$/i;

/**
 * Takes a chunked body apart as browsers do: lines may end with a bare LF, sizes may have spaces around them, and what
 * is said besides is not looked at.
 */
export class ChunkedBody {
  #line = '';
  #expects: 'size' | 'data' | 'line-end' | 'blank-line' | 'nothing' = 'size';
  #chunkBytes = 0;
  #isRegular = true;

  /** All of the body has come; trailers may follow. */
  get isComplete(): boolean {
    return this.#expects === 'blank-line' || this.isOver;
  }

  /** Nothing belongs to it any more, not even a trailer. */
  get isOver(): boolean {
    return this.#expects === 'nothing';
  }

  /** Whether everything so far was in the strict form, without trailers, and nothing came behind its end. */
  get isRegular(): boolean {
    return this.#isRegular;
  }

  /**
   * The parts of the body in a piece of what comes.
   *
   * @throws SourceUnreachableError for a size that is none
   */
  *read(piece: Buffer): Generator<Buffer> {
    let at = 0;
    while (at < piece.length && !this.isComplete) {
      if (this.#expects === 'data') {
        const data = piece.subarray(at, at + this.#chunkBytes);
        at += data.length;
        this.#chunkBytes -= data.length;
        if (this.#chunkBytes === 0) this.#expects = 'line-end';
        yield data;
      } else {
        at = this.#readLine(piece, at);
      }
    }
    if (at < piece.length) this.#readEnd(piece.toString('latin1', at));
  }

  #readLine(piece: Buffer, from: number): number {
    const lineEnd = piece.indexOf(LF, from);
    const to = lineEnd === -1 ? piece.length : lineEnd;
    this.#line += piece.toString('latin1', from, to);
    if (this.#line.length > MAX_LINE_BYTES) throw notHttp('a chunk with a line without end');
    if (lineEnd === -1) return to;
    this.#onLine(this.#line);
    this.#line = '';
    return lineEnd + 1;
  }

  #onLine(line: string): void {
    if (this.#expects === 'size') {
      const [, size] = /^[ \t]*([0-9a-f]{1,12})[ \t]*(?:;.*)?\r?$/i.exec(line) ?? [];
      if (size === undefined) throw notHttp(`a chunk of the size ${JSON.stringify(line)}`);
      this.#isRegular &&= REGULAR_SIZE.test(line);
      this.#chunkBytes = parseInt(size, 16);
      this.#expects = this.#chunkBytes === 0 ? 'blank-line' : 'data';
    } else {
      if (line !== '' && line !== '\r') throw notHttp('a chunk longer than it says');
      this.#isRegular &&= line === '\r';
      this.#expects = 'size';
    }
  }

  /** The blank line; what comes in its place, or behind it, is not looked at. */
  #readEnd(text: string): void {
    this.#line = `${this.#line}${text}`.slice(0, CRLF.length + 1);
    this.#isRegular &&= CRLF.startsWith(this.#line);
    if (this.#line === CRLF || !this.#isRegular) this.#expects = 'nothing';
  }
}
