import { freeMemory, memoryFilled, takeMemoryToFill } from '../work/process-memory.ts';

/** What a body that comes in needs more of from time to time; see `Reservation`. */
export interface Room {
  /** Undefined where there is room at once. */
  growTo(bytes: number): Promise<void> | undefined;
  /** No more than that is needed. */
  complete(bytes: number): void;
}

/** Room is asked for in such steps, ahead of what comes. Most images need one. */
export const STEP_BYTES = 128 * 1024;

/** The memory of most images. */
const FIRST_MEMORY_BYTES = 1024 * 1024;

/** What is larger moves to so many times as much whenever it has to. */
const GROWTH = 4;

/** Where all that may come is no more than so many times as much, it moves there at once: each move writes all of it again. */
const LAST_GROWTH = 16;

/**
 * Takes in bytes that come piece by piece, a download or an upload, in one piece of memory that grows with them. Memory
 * that is never written to takes up none, while keeping the pieces would let a sender of single bytes cost hundreds for
 * each. Disposing of it gives the memory back. Nothing may read the bytes afterwards.
 */
export class IncomingBytes implements Disposable {
  readonly capacityBytes: number;
  readonly #room: Room | undefined;
  #reservedBytes = 0;
  #memory: Buffer<ArrayBuffer> | undefined;
  #length = 0;
  #isOver = false;

  /** @param room is asked before bytes come */
  constructor(capacityBytes: number, room?: Room) {
    this.capacityBytes = capacityBytes;
    this.#room = room;
  }

  /** How many have come. */
  get length(): number {
    return this.#length;
  }

  /** To be waited for before so many more are appended; undefined where there is room at once. */
  makeRoom(moreBytes: number): Promise<void> | undefined {
    const neededBytes = Math.min(this.#length + moreBytes, this.capacityBytes);
    if (neededBytes <= this.#reservedBytes) return undefined;
    const stepsBytes = Math.ceil(neededBytes / STEP_BYTES) * STEP_BYTES;
    this.#reservedBytes = Math.min(stepsBytes, this.capacityBytes);
    this.#tellFilled();
    return this.#room?.growTo(this.#reservedBytes);
  }

  /** False where they do not fit any more, or come after all was given back. */
  append(chunk: Uint8Array): boolean {
    const length = this.#length + chunk.length;
    if (this.#isOver || length > this.capacityBytes) return false;
    this.memoryOf(length).set(chunk, this.#length);
    this.#length = length;
    return true;
  }

  /** What has come so far. */
  get bytes(): Uint8Array {
    return this.#memory?.subarray(0, this.#length) ?? new Uint8Array();
  }

  /** Memory of at least that length, at most the capacity, in which what has come is followed by room. */
  memoryOf(length: number): Uint8Array {
    const old = this.#memory;
    if (old !== undefined && old.length >= length) return old;
    const memory = takeMemoryToFill(this.#sizeFor(length, old?.length));
    memory.set(this.bytes);
    if (old !== undefined) freeMemory(old);
    this.#memory = memory;
    return memory;
  }

  #sizeFor(length: number, oldLength: number | undefined): number {
    if (oldLength === undefined) return Math.min(Math.max(length, FIRST_MEMORY_BYTES), this.capacityBytes);
    if (this.capacityBytes <= oldLength * LAST_GROWTH) return this.capacityBytes;
    return Math.max(length, oldLength * GROWTH);
  }

  /** Nothing more comes: what may have come is kept for nobody. */
  complete(): void {
    this.#tellFilled();
    this.#room?.complete(this.#length);
  }

  #tellFilled(): void {
    if (this.#memory !== undefined) memoryFilled(this.#memory, this.#length);
  }

  [Symbol.dispose](): void {
    this.#isOver = true;
    if (this.#memory !== undefined) freeMemory(this.#memory);
    this.#memory = undefined;
  }
}
