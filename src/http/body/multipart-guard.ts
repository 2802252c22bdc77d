import { Transform, type TransformCallback } from 'node:stream';
import { InvalidRequestError } from '../../domain/errors/index.ts';

/** Names and types take some hundred bytes; formidable's search for a file name takes the square of their number. */
const MAX_HEAD_BYTES = 2048;

/**
 * Each CR could begin a boundary, and costs formidable the time of a thousand other bytes and as much memory. Compressed
 * images have one in 256 bytes.
 */
const BYTES_PER_CR = 32;
const SPARE_CRS = 4096;

const CR = 0x0d;
const HEAD_END = Buffer.from('\r\n\r\n');

export interface MultipartGuardOptions {
  /** Of the whole body. */
  readonly maxBytes: number;
  /** What a longer one is refused with. */
  readonly onTooLarge: () => Error;
}

/**
 * Stands before formidable's parser of multipart bodies and refuses what would cost that out of proportion. It looks for
 * boundaries more generously than formidable, so that no head escapes it.
 */
export class MultipartGuard extends Transform {
  /** What formidable reads of a request's head: no more than it needs. */
  readonly headers: Readonly<Record<string, string>>;
  readonly #delimiter: Buffer;
  readonly #maxBytes: number;
  readonly #onTooLarge: () => Error;
  #isInHead = false;
  /** Where the head began, and where `#rest` begins, in bytes from the start of the body. */
  #headAt = 0;
  #restAt = 0;
  /** The last bytes, where the beginning of what is looked for may stand. */
  #rest: Buffer = Buffer.alloc(0);
  #receivedBytes = 0;
  #crs = 0;

  constructor(boundary: string, { maxBytes, onTooLarge }: MultipartGuardOptions) {
    super();
    this.headers = {
      'content-type': `multipart/form-data; boundary="${boundary}"`,
      // Without either header formidable would take the body for empty.
      'transfer-encoding': 'chunked',
    };
    this.#delimiter = Buffer.from(`--${boundary}`, 'latin1');
    this.#maxBytes = maxBytes;
    this.#onTooLarge = onTooLarge;
  }

  override _transform(chunk: Buffer, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#receivedBytes += chunk.length;
    this.#crs += countOf(CR, chunk);
    if (this.#receivedBytes > this.#maxBytes) done(this.#onTooLarge());
    else if (this.#crs > SPARE_CRS + this.#receivedBytes / BYTES_PER_CR)
      done(unreadable('too many line ends'));
    else if (this.#meetsLongHead(chunk)) done(unreadable('the head of a part is too long'));
    else done(null, chunk);
  }

  #meetsLongHead(chunk: Buffer): boolean {
    const window = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk]);
    let at = 0;
    for (;;) {
      const mark = this.#isInHead ? HEAD_END : this.#delimiter;
      const found = window.indexOf(mark, at);
      const end = found === -1 ? window.length : found + mark.length;
      if (this.#isInHead && this.#restAt + end - this.#headAt > MAX_HEAD_BYTES) return true;
      if (found === -1) return this.#keepRest(window, Math.max(at, window.length - mark.length + 1));
      at = end;
      this.#isInHead = !this.#isInHead;
      this.#headAt = this.#restAt + at;
    }
  }

  #keepRest(window: Buffer, from: number): false {
    this.#restAt += from;
    this.#rest = Buffer.from(window.subarray(from));
    return false;
  }
}

function countOf(byte: number, chunk: Buffer): number {
  let count = 0;
  for (let at = chunk.indexOf(byte); at !== -1; at = chunk.indexOf(byte, at + 1)) count += 1;
  return count;
}

/** The engineer's reason is for the log. */
function unreadable(reason: string): InvalidRequestError {
  return new InvalidRequestError('request', 'The form could not be read. Send it again.', {
    cause: new Error(reason),
  });
}
