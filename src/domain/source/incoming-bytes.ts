/**
 * Takes in bytes that come piece by piece, a download or an upload, in one piece of memory that is set aside with the
 * first of them. Memory that is never written to takes up none, while keeping the pieces would let a sender of single
 * bytes cost hundreds for each. Disposing of it gives the memory back at once: to the garbage collector, which sees one
 * small object, many megabytes could pile up first. Nothing may read the bytes afterwards.
 */
export class IncomingBytes implements Disposable {
  readonly capacityBytes: number;
  #memory: Buffer<ArrayBuffer> | undefined;
  #length = 0;

  constructor(capacityBytes: number) {
    this.capacityBytes = capacityBytes;
  }

  /** How many have come. */
  get length(): number {
    return this.#length;
  }

  /** False where they do not fit any more. */
  append(chunk: Uint8Array): boolean {
    if (this.#length + chunk.length > this.capacityBytes) return false;
    this.#memory ??= Buffer.allocUnsafeSlow(this.capacityBytes);
    this.#memory.set(chunk, this.#length);
    this.#length += chunk.length;
    return true;
  }

  /** What has come so far. */
  get bytes(): Uint8Array {
    return this.#memory?.subarray(0, this.#length) ?? new Uint8Array();
  }

  /** All of the memory, in which what has come is followed by room. */
  get memory(): Uint8Array {
    return this.#memory ?? new Uint8Array();
  }

  [Symbol.dispose](): void {
    // Detached, it is freed now.
    if (this.#memory?.buffer.detached === false) this.#memory.buffer.transfer(0);
    this.#memory = undefined;
  }
}
