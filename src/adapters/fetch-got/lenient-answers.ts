import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { SourceRefusedError } from '../../domain/errors/index.ts';
import { type Framing, notHttp, readHead, writeHead } from './answer-head.ts';
import { ChunkedBody } from './chunked-body.ts';
import { HeadText } from './head-text.ts';

const CRLF = Buffer.from('\r\n');
/** Of preliminary ones (100 to 199): more than any server has a use for. */
const MAX_PRELIMINARY_ANSWERS = 32;
const LAST_CHUNK = Buffer.from('0\r\n\r\n');

/**
 * Stands between a connection and Node's HTTP parser, which takes nothing but the strict form of an answer: reads answers
 * as browsers do, and hands each on in that form. Nobody is harmed by it, as a connection on which anything was not in the
 * strict form has no further answer.
 */
export function readLeniently(connection: Socket): void {
  const answers = new LenientAnswers(connection);
  answersOf.set(connection, answers);
  connection.push = (piece: Buffer | null) => answers.take(piece);
}

const answersOf = new WeakMap<Duplex, LenientAnswers>();

/** What is known of the answers on a connection that is read leniently. */
export function answersOn(connection: Duplex): LenientAnswers | undefined {
  return answersOf.get(connection);
}

export class LenientAnswers {
  readonly #connection: Socket;
  /** What a stream calls with all that it has read. */
  readonly #handOn: Duplex['push'];
  #head = new HeadText();
  #framing: Framing | undefined;
  #preliminaryAnswers = 0;
  #bytesLeft = 0;
  #chunks = new ChunkedBody();
  /** So far, and without anything behind it. */
  #isBeyondDoubt = true;
  #isIdle = false;
  #hasBegun = false;
  /** Written when the answer could not have been asked for yet. */
  #bytesWritten = -1;

  constructor(connection: Socket) {
    this.#connection = connection;
    this.#handOn = connection.push.bind(connection);
  }

  /** Whether any byte of the present answer has come. */
  get hasBegun(): boolean {
    return this.#hasBegun;
  }

  /** Whether the present answer has come whole, and server and client agree on where it ended. */
  get isReusable(): boolean {
    return this.#isBeyondDoubt && this.#isWhole();
  }

  /** Until the next is expected, whatever comes closes the connection. */
  rest(): void {
    this.#isIdle = true;
  }

  /** A further request is about to be written. */
  expectNext(): void {
    this.#head = new HeadText();
    this.#framing = undefined;
    this.#preliminaryAnswers = 0;
    this.#chunks = new ChunkedBody();
    this.#hasBegun = false;
    this.#isIdle = false;
    this.#bytesWritten = this.#connection.bytesWritten;
  }

  take(piece: Buffer | null): boolean {
    try {
      if (piece === null) return this.#handOn(null);
      if (this.#isUnasked()) throw notHttp('an answer to no request');
      this.#hasBegun = true;
      return this.#framing === undefined ? this.#readHead(piece) : this.#readBody(piece);
    } catch (error) {
      this.#isBeyondDoubt = false;
      this.#connection.destroy(error as Error);
      return false;
    }
  }

  #isUnasked(): boolean {
    return this.#isIdle || this.#connection.bytesWritten === this.#bytesWritten;
  }

  #readHead(piece: Buffer): boolean {
    let rest = piece;
    for (;;) {
      const end = this.#head.add(rest);
      if (end === undefined) return true;
      const head = readHead(this.#head.text);
      this.#isBeyondDoubt &&= head.keepsConnection;
      this.#head = new HeadText();
      rest = rest.subarray(end);
      if (head.status === 101) throw switchesProtocols();
      // Preliminary answers say nothing of the image.
      if (head.status < 200) {
        this.#preliminaryAnswers += 1;
        if (this.#preliminaryAnswers > MAX_PRELIMINARY_ANSWERS)
          throw notHttp('preliminary answers without end');
        continue;
      }
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
        return this.#readChunks(piece);
      default:
        this.#isBeyondDoubt = false;
        return true;
    }
  }

  /** What is sent beyond the length is not looked at. */
  #readCounted(piece: Buffer): boolean {
    const wanted = piece.length > this.#bytesLeft ? piece.subarray(0, this.#bytesLeft) : piece;
    this.#bytesLeft -= wanted.length;
    this.#isBeyondDoubt &&= wanted === piece;
    return wanted.length === 0 || this.#handOn(wanted);
  }

  #readChunks(piece: Buffer): boolean {
    const wasComplete = this.#chunks.isComplete;
    let wantsMore = true;
    const data = inOne([...this.#chunks.read(piece)]);
    if (data !== undefined) {
      this.#handOn(Buffer.from(`${data.length.toString(16)}\r\n`));
      this.#handOn(data);
      wantsMore = this.#handOn(CRLF);
    }
    this.#isBeyondDoubt &&= this.#chunks.isRegular;
    return this.#chunks.isComplete && !wasComplete ? this.#handOn(LAST_CHUNK) : wantsMore;
  }

  #isWhole(): boolean {
    switch (this.#framing?.kind) {
      case 'none':
        return true;
      case 'length':
        return this.#bytesLeft === 0;
      case 'chunked':
        return this.#chunks.isOver;
      default:
        return false;
    }
  }
}

/** A piece may be of a thousand chunks of one byte: what each costs on its way is spared. */
function inOne(parts: readonly Buffer[]): Buffer | undefined {
  return parts.length > 1 ? Buffer.concat(parts) : parts[0];
}

function switchesProtocols(): SourceRefusedError {
  return new SourceRefusedError(
    'The server wants to switch protocols (101). Check that the URL opens in a browser.',
    101,
  );
}
