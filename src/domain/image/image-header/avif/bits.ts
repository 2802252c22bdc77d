/** Reads bits, the highest of each byte first; throws a RangeError beyond the end. */
export class Bits {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  flag(): boolean {
    const at = this.#at;
    this.#at += 1;
    return ((this.#bytes.readUInt8(at >> 3) >> (7 - (at & 7))) & 1) === 1;
  }

  read(count: number): number {
    let value = 0;
    for (let left = count; left > 0; left -= 1) value = value * 2 + (this.flag() ? 1 : 0);
    return value;
  }

  /** Where the next whole byte begins. */
  get nextByte(): number {
    return Math.ceil(this.#at / 8);
  }

  skip(count: number): void {
    this.#at += count;
  }

  /** As many bits as zeros stand ahead of a one (4.10.3), which are fewer than 32. */
  skipVariable(): void {
    let zeros = 0;
    while (!this.flag()) {
      zeros += 1;
      if (zeros === 32) throw new RangeError('a number without end');
    }
    this.skip(zeros);
  }
}
