import type { Duplex } from 'node:stream';
import { SourceRefusedError } from '../../domain/errors/index.ts';
import { type Framing, isOtherProtocol, notHttp, readHead, tooManyFields, writeHead } from './answer-head.ts';
import { ChunkedBody } from './chunked-body.ts';

/** As in Chromium. */
export const MAX_HEAD_BYTES = 256 * 1024;

const CR = 0x0d;
const LF = 0x0a;
const CRLF = Buffer.from('\r\n');
const LAST_CHUNK = Buffer.from('0\r\n\r\n');

/**
 * Stands between a connection and Node's HTTP parser, which takes nothing but the strict form of an answer: reads answers
 * as browsers do, and hands each on in that form. Nobody is harmed by it, as a connection has one answer alone, which goes
 * to the one who asked for it.
 */
export function readLeniently(connection: Duplex): void {
  const answers = new LenientAnswers(connection);
  connection.push = (piece: Buffer | null) => answers.take(piece);
}

class LenientAnswers {
  readonly #connection: Duplex;
  /** What a stream calls with all that it has read. */
  readonly #handOn: Duplex['push'];
  #head = new HeadText();
  #framing: Framing | undefined;
  #bytesLeft = 0;
  #chunks = new ChunkedBody();

  constructor(connection: Duplex) {
    this.#connection = connection;
    this.#handOn = connection.push.bind(connection);
  }

  take(piece: Buffer | null): boolean {
    try {
      if (piece === null) return this.#handOn(null);
      return this.#framing === undefined ? this.#readHead(piece) : this.#readBody(piece);
    } catch (error) {
      this.#connection.destroy(error as Error);
      return false;
    }
  }

  #readHead(piece: Buffer): boolean {
    let rest = piece;
    for (;;) {
      const end = this.#head.add(rest);
      if (end === undefined) return true;
      const head = readHead(this.#head.text);
      this.#head = new HeadText();
      rest = rest.subarray(end);
      if (head.status === 101) throw switchesProtocols();
      // Preliminary answers say nothing of the image.
      if (head.status < 200) continue;
      this.#framing = head.framing;
      if (head.framing.kind === 'length') this.#bytesLeft = head.framing.bytes;
      const wantsMore = this.#handOn(Buffer.from(writeHead(head), 'latin1'));
      return rest.length === 0 ? wantsMore : this.#readBody(rest);
    }
  }

  #readBody(piece: Buffer): boolean {
    switch (this.#framing?.kind) {
      case 'close':
        return this.#handOn(piece);
      case 'length':
        return this.#readCounted(piece);
      case 'chunked':
        return this.#chunks.isComplete || this.#readChunks(piece);
      default:
        return true;
    }
  }

  /** What is sent beyond the length is not looked at. */
  #readCounted(piece: Buffer): boolean {
    const wanted = piece.length > this.#bytesLeft ? piece.subarray(0, this.#bytesLeft) : piece;
    this.#bytesLeft -= wanted.length;
    return wanted.length === 0 || this.#handOn(wanted);
  }

  #readChunks(piece: Buffer): boolean {
    let wantsMore = true;
    for (const data of this.#chunks.read(piece)) {
      this.#handOn(Buffer.from(`${data.length.toString(16)}\r\n`));
      this.#handOn(data);
      wantsMore = this.#handOn(CRLF);
    }
    return this.#chunks.isComplete ? this.#handOn(LAST_CHUNK) : wantsMore;
  }
}

/** The text of a head as it comes, each byte looked at once. */
class HeadText {
  text = '';
  #isAtLineStart = false;

  /** Where the piece goes on behind the head; undefined while the head does. */
  add(piece: Buffer): number | undefined {
    const end = this.#endIn(piece);
    // Blank lines before the head.
    const from = this.text === '' ? piece.findIndex((byte) => byte !== CR && byte !== LF) : 0;
    if (from !== -1) this.text += piece.toString('latin1', from, end);
    if (this.text.length > MAX_HEAD_BYTES) throw tooManyFields();
    if (isOtherProtocol(this.text)) throw notHttp('it does not begin like HTTP');
    return end;
  }

  #endIn(piece: Buffer): number | undefined {
    let hasBegun = this.text !== '';
    for (const [at, byte] of piece.entries()) {
      if (byte === LF && this.#isAtLineStart && hasBegun) return at + 1;
      // A carriage return may stand between two line feeds, as it does in the strict form.
      this.#isAtLineStart = byte === LF || (byte === CR && this.#isAtLineStart);
      hasBegun ||= byte !== CR && byte !== LF;
    }
    return undefined;
  }
}

function switchesProtocols(): SourceRefusedError {
  return new SourceRefusedError(
    'The server wants to switch protocols (101). Check that the URL opens in a browser.',
    101,
  );
}
