import { notHttp } from './answer-head.ts';

/** As in browsers; an extension may have some use for a few of them. */
const MAX_LINE_BYTES = 16 * 1024;
const LF = 0x0a;

/**
 * Takes a chunked body apart as browsers do: lines may end with a bare LF, sizes may have spaces around them, and what
 * is said besides is not looked at.
 */
export class ChunkedBody {
  #line = '';
  #expects: 'size' | 'data' | 'line-end' | 'nothing' = 'size';
  #chunkBytes = 0;

  /** All of the body has come; trailers may follow. */
  get isComplete(): boolean {
    return this.#expects === 'nothing';
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
  }

  #readLine(piece: Buffer, from: number): number {
    const lineEnd = piece.indexOf(LF, from);
    const to = lineEnd === -1 ? piece.length : lineEnd;
    this.#line += piece.toString('latin1', from, to);
    if (this.#line.length > MAX_LINE_BYTES) throw notHttp('a chunk with a line without end');
    if (lineEnd === -1) return to;
    this.#onLine(this.#line.replace(/\r$/, ''));
    this.#line = '';
    return lineEnd + 1;
  }

  #onLine(line: string): void {
    if (this.#expects === 'size') {
      const [, size] = /^[ \t]*([0-9a-f]{1,12})[ \t]*(?:;.*)?$/i.exec(line) ?? [];
      if (size === undefined) throw notHttp(`a chunk of the size ${JSON.stringify(line)}`);
      this.#chunkBytes = parseInt(size, 16);
      this.#expects = this.#chunkBytes === 0 ? 'nothing' : 'data';
    } else {
      if (line !== '') throw notHttp('a chunk longer than it says');
      this.#expects = 'size';
    }
  }
}
