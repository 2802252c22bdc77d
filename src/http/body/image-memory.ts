/**
 * Takes an image in, in one piece of memory that is set aside with its first bytes. Memory that is never written to takes
 * up none, while keeping the chunks would let a sender of single bytes cost hundreds for each. Disposing of it gives the
 * memory back at once; nothing may read the image afterwards.
 */
export class ImageMemory implements Disposable {
  readonly #capacityBytes: number;
  #memory: Buffer<ArrayBuffer> | undefined;
  #length = 0;

  constructor(capacityBytes: number) {
    this.#capacityBytes = capacityBytes;
  }

  /** False where it does not fit any more. */
  append(chunk: Uint8Array): boolean {
    if (this.#length + chunk.length > this.#capacityBytes) return false;
    this.#memory ??= Buffer.allocUnsafeSlow(this.#capacityBytes);
    this.#memory.set(chunk, this.#length);
    this.#length += chunk.length;
    return true;
  }

  /** What has come so far. */
  get bytes(): Uint8Array {
    return this.#memory?.subarray(0, this.#length) ?? new Uint8Array();
  }

  [Symbol.dispose](): void {
    // Detached, it is freed now; to the garbage collector it would be one small object among many.
    if (this.#memory?.buffer.detached === false) this.#memory.buffer.transfer(0);
    this.#memory = undefined;
  }
}
