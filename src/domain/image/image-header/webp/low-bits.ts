/** What a decoder reads beyond the end, as zeros, before it gives up. */
const BYTES_BEYOND = 8;

/** Reads bits, the lowest of each byte first. */
export class LowBits {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** A number of up to 24 bits. Throws a RangeError well beyond the end. */
  read(count: number): number {
    if (count === 0) return 0;
    const value = this.peek() & ((1 << count) - 1);
    this.#at += count;
    return value;
  }

  /** The next 24 bits and more, to be read again. */
  peek(): number {
    const [bytes, at] = [this.#bytes, this.#at >> 3];
    if (at > bytes.length + BYTES_BEYOND) throw new RangeError('the bits end');
    const window =
      (bytes[at] ?? 0) |
      ((bytes[at + 1] ?? 0) << 8) |
      ((bytes[at + 2] ?? 0) << 16) |
      ((bytes[at + 3] ?? 0) << 24);
    return window >>> (this.#at & 7);
  }

  skip(count: number): void {
    this.#at += count;
  }
}
