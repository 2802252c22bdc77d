import type { WriteSome } from './standard-output.ts';

/** A pipe takes so many bytes whole or not at all (PIPE_BUF of Linux): no other worker's line gets into one of ours. */
const ATOMIC_BYTES = 4096;
const LINE_END = 10;

/** Lines that wait for a reader, in their order. */
export class UnwrittenLines {
  readonly #write: WriteSome;
  readonly #chunks: Buffer[] = [];
  #bytes = 0;

  constructor(write: WriteSome) {
    this.#write = write;
  }

  get bytes(): number {
    return this.#bytes;
  }

  add(lines: string): void {
    const chunk = Buffer.from(lines);
    this.#chunks.push(chunk);
    this.#bytes += chunk.length;
  }

  /** Writes as much as is taken now. @returns how many bytes that was */
  drain(): number {
    const before = this.#bytes;
    for (let chunk = this.#chunks[0]; chunk !== undefined; chunk = this.#chunks[0]) {
      const written = this.#write(chunk.subarray(0, endOfSlice(chunk)));
      this.#bytes -= written;
      if (written === chunk.length) this.#chunks.shift();
      else this.#chunks[0] = chunk.subarray(written);
      if (written === 0) break;
    }
    return before - this.#bytes;
  }
}

/** As many whole lines as fit; a longer line goes alone. */
function endOfSlice(chunk: Buffer): number {
  if (chunk.length <= ATOMIC_BYTES) return chunk.length;
  const end = chunk.lastIndexOf(LINE_END, ATOMIC_BYTES - 1);
  return 1 + (end === -1 ? chunk.indexOf(LINE_END, ATOMIC_BYTES) : end);
}
