/** Smaller blocks the C library has at hand. Larger ones it maps again each time, and the system clears each page of them. */
const LEAST_BYTES = 128 * 1024;

/** So many times what is asked for may be handed out, and is kept with an image that is. */
const MAX_EXCESS = 1.25;

/** A process at rest keeps none: what was not added to for one to two of these goes. */
const IDLE_MS = 500;

/**
 * Memory of images that are done with, for those that come next. A third of what the serving process does for a PNG of five
 * megabytes is to write to new memory for the first time (docs/performance.md, "Misses").
 */
export class SpareMemory {
  /** The oldest first. */
  readonly #spares: ArrayBuffer[] = [];
  readonly #lent = new WeakSet<ArrayBuffer>();
  /** Of what is filled by and by: how many bytes are not yet. */
  readonly #unfilled = new WeakMap<ArrayBuffer, number>();
  readonly #mostBytes: number;
  #bytes = 0;
  #unfilledBytes = 0;
  #isWatched = false;
  #isInUse = false;

  constructor(mostBytes: number) {
    this.#mostBytes = mostBytes;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** @returns so many bytes with anything in them, of memory that nobody else has */
  take(bytes: number): Buffer<ArrayBuffer> {
    if (bytes < LEAST_BYTES) return Buffer.allocUnsafeSlow(bytes);
    return this.#lend(this.#smallestFor(bytes), bytes);
  }

  /**
   * As `take`, for what comes by and by. New memory takes up what was written to it, and memory that is used again takes up
   * all of it: of that, no more is handed out than may be spare. What is filled, as far as `filled` is told, does not count.
   */
  takeToFill(bytes: number): Buffer<ArrayBuffer> {
    if (bytes < LEAST_BYTES || this.#unfilledBytes + bytes > this.#mostBytes)
      return this.#lend(undefined, bytes);
    const spare = this.#smallestFor(bytes);
    if (spare !== undefined) this.#countUnfilled(spare, spare.byteLength);
    return this.#lend(spare, bytes);
  }

  /** So many of its bytes have been written to, and are counted where they are held. */
  filled(memory: ArrayBuffer, bytes: number): void {
    if (this.#unfilled.has(memory)) this.#countUnfilled(memory, memory.byteLength - bytes);
  }

  /** False for what was not taken from here. All views of it have no bytes any more. */
  giveBack(memory: ArrayBuffer): boolean {
    if (!this.#lent.delete(memory)) return false;
    this.filled(memory, memory.byteLength);
    // A view of it then sees nothing of the next image; a socket, or a decoder in this process, still would.
    const spare = memory.transfer();
    this.#spares.push(spare);
    this.#bytes += spare.byteLength;
    this.#keepAtMost(this.#mostBytes);
    this.#isInUse = true;
    this.#watch();
    return true;
  }

  /** Gives what is spare to the system. */
  release(): void {
    this.#keepAtMost(0);
  }

  /** One timer at a time, which is never cleared: a mock clock takes one of another mock clock for one of its own. */
  #watch(): void {
    if (this.#isWatched) return;
    this.#isWatched = true;
    setTimeout(() => {
      this.#isWatched = false;
      if (this.#isInUse) this.#watch();
      else this.release();
      this.#isInUse = false;
    }, IDLE_MS).unref();
  }

  #lend(spare: ArrayBuffer | undefined, bytes: number): Buffer<ArrayBuffer> {
    const memory = spare ?? Buffer.allocUnsafeSlow(bytes).buffer;
    if (bytes >= LEAST_BYTES) this.#lent.add(memory);
    return Buffer.from(memory, 0, bytes);
  }

  #countUnfilled(memory: ArrayBuffer, bytes: number): void {
    this.#unfilledBytes += bytes - (this.#unfilled.get(memory) ?? 0);
    this.#unfilled.set(memory, bytes);
  }

  #smallestFor(bytes: number): ArrayBuffer | undefined {
    let best: ArrayBuffer | undefined;
    for (const spare of this.#spares) {
      const fits = spare.byteLength >= bytes && spare.byteLength <= bytes * MAX_EXCESS;
      if (fits && spare.byteLength < (best?.byteLength ?? Infinity)) best = spare;
    }
    if (best !== undefined) this.#remove(best);
    return best;
  }

  #keepAtMost(bytes: number): void {
    for (const oldest of [...this.#spares]) {
      if (this.#bytes <= bytes) return;
      this.#remove(oldest);
      oldest.transfer(0);
    }
  }

  #remove(spare: ArrayBuffer): void {
    this.#spares.splice(this.#spares.indexOf(spare), 1);
    this.#bytes -= spare.byteLength;
  }
}
