/** Of the response's header, see "Memcached Binary Protocol", all numbers big-endian. */
const HEADER_BYTES = 24;
const RESPONSE_MAGIC = 0x81;
const KEY_LENGTH_AT = 2;
const EXTRAS_LENGTH_AT = 4;
const BODY_LENGTH_AT = 8;
const OPAQUE_AT = 12;

/** The largest value that a memcached holds by default is 1 MiB; besides it a body has a key and a few flags. */
const MAX_BODY_BYTES = 1024 * 1024 + 1024;

const NOTHING = Buffer.alloc(0);

/**
 * Cuts what a server sends into whole frames, and refuses anything else as soon as its header is there: memjs would
 * collect the 4 GiB that a header announces, and copy all it has at every chunk of it.
 */
export class FrameCutter {
  readonly #isAwaited: (opaque: number) => boolean;
  /** What is there of a header. */
  #header = NOTHING;
  /** What is there of a frame whose header is whole, with room for all of it. */
  #frame: Buffer | undefined;
  #filledBytes = 0;

  /** @param isAwaited whether a request with this number is under way */
  constructor(isAwaited: (opaque: number) => boolean) {
    this.#isAwaited = isAwaited;
  }

  /**
   * Takes the next chunk; returns the frames that are whole now, one after another in each buffer. Those that came whole
   * are views of the chunk; of one that came in pieces every byte is copied once.
   *
   * @throws Error when the chunk has a frame that answers nothing or cannot be one
   */
  push(chunk: Buffer): readonly Buffer[] {
    const resumed = this.#resume(chunk);
    if (this.#frame !== undefined || this.#header.length > 0) return [];
    const whole = resumed.frame === undefined ? [] : [resumed.frame];
    const end = this.#endOfWholeFrames(chunk, resumed.at);
    if (end > resumed.at) whole.push(chunk.subarray(resumed.at, end));
    this.#begin(chunk.subarray(end));
    return whole;
  }

  /** Goes on with what the chunks before left; returns how far that went into this one, and the frame if it is whole. */
  #resume(chunk: Buffer): { readonly at: number; readonly frame?: Buffer } {
    let at = 0;
    if (this.#header.length > 0) {
      at = Math.min(HEADER_BYTES - this.#header.length, chunk.length);
      this.#begin(Buffer.concat([this.#header, chunk.subarray(0, at)]));
    }
    const frame = this.#frame;
    if (frame === undefined) return { at };
    const copiedBytes = chunk.copy(frame, this.#filledBytes, at);
    this.#filledBytes += copiedBytes;
    if (this.#filledBytes < frame.length) return { at: chunk.length };
    this.#frame = undefined;
    return { at: at + copiedBytes, frame };
  }

  #begin(piece: Buffer): void {
    const isHeaderWhole = piece.length >= HEADER_BYTES;
    // A copy: a view of a few bytes would keep the chunk that they came in.
    this.#header = isHeaderWhole || piece.length === 0 ? NOTHING : Buffer.from(piece);
    if (!isHeaderWhole) return;
    this.#frame = Buffer.allocUnsafe(this.#frameBytes(piece));
    this.#filledBytes = piece.copy(this.#frame);
  }

  #endOfWholeFrames(chunk: Buffer, start: number): number {
    let end = start;
    while (chunk.length - end >= HEADER_BYTES) {
      const frameBytes = this.#frameBytes(chunk.subarray(end));
      if (chunk.length - end < frameBytes) break;
      end += frameBytes;
    }
    return end;
  }

  #frameBytes(frame: Buffer): number {
    if (frame[0] !== RESPONSE_MAGIC) throw new Error('the server sent something that is not memcached');
    const bodyBytes = frame.readUInt32BE(BODY_LENGTH_AT);
    if (bodyBytes > MAX_BODY_BYTES) throw new Error(`the server announced a body of ${bodyBytes} bytes`);
    if (bodyBytes < frame.readUInt16BE(KEY_LENGTH_AT) + frame.readUInt8(EXTRAS_LENGTH_AT)) {
      throw new Error('the server sent a frame whose lengths contradict each other');
    }
    if (!this.#isAwaited(frame.readUInt32BE(OPAQUE_AT))) {
      throw new Error('the server answered what was not asked');
    }
    return HEADER_BYTES + bodyBytes;
  }
}
