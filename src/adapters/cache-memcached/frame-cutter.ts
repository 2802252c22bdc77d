/** Of the response's header, see "Memcached Binary Protocol", all numbers big-endian. */
const HEADER_BYTES = 24;
const RESPONSE_MAGIC = 0x81;
const KEY_LENGTH_AT = 2;
const EXTRAS_LENGTH_AT = 4;
const BODY_LENGTH_AT = 8;
const OPAQUE_AT = 12;

/** The largest value that a memcached holds by default is 1 MiB; besides it a body has a key and a few flags. */
const MAX_BODY_BYTES = 1024 * 1024 + 1024;

/**
 * Cuts what a server sends into whole frames, and refuses what is none as soon as its header is there: memjs would
 * collect the 4 GiB that a header announces, and copy all it has at every chunk of it.
 */
export class FrameCutter {
  readonly #isAwaited: (opaque: number) => boolean;
  #chunks: Buffer[] = [];
  #collectedBytes = 0;
  #neededBytes = HEADER_BYTES;

  /** @param isAwaited whether a request with this number is under way */
  constructor(isAwaited: (opaque: number) => boolean) {
    this.#isAwaited = isAwaited;
  }

  /**
   * Takes the next chunk; returns the frames that are whole now, one after another, or undefined while there is none.
   *
   * @throws Error when the chunk has a frame that answers nothing or cannot be one
   */
  push(chunk: Buffer): Buffer | undefined {
    this.#chunks.push(chunk);
    this.#collectedBytes += chunk.length;
    if (this.#collectedBytes < this.#neededBytes) return undefined;
    const bytes = this.#chunks.length === 1 ? chunk : Buffer.concat(this.#chunks, this.#collectedBytes);
    const end = this.#endOfWholeFrames(bytes);
    const rest = bytes.subarray(end);
    this.#chunks = rest.length === 0 ? [] : [rest];
    this.#collectedBytes = rest.length;
    return end === 0 ? undefined : bytes.subarray(0, end);
  }

  #endOfWholeFrames(bytes: Buffer): number {
    let end = 0;
    for (;;) {
      const left = bytes.length - end;
      this.#neededBytes = left < HEADER_BYTES ? HEADER_BYTES : this.#frameBytes(bytes.subarray(end));
      if (left < this.#neededBytes) return end;
      end += this.#neededBytes;
    }
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
