import { SpareMemory } from './spare-memory.ts';

/** What may be spare at any time: enough for as many downloads as end while others begin. */
const MOST_BYTES = 16 * 1024 * 1024;

/** Of this process. */
const spareMemory = new SpareMemory(MOST_BYTES);

/** @returns memory for so many bytes, for `freeMemory` to give back: what it holds before it is written to is anything */
export function takeMemory(bytes: number): Buffer<ArrayBuffer> {
  return spareMemory.take(bytes);
}

/** As `takeMemory`, for what comes by and by; `memoryFilled` is to be told how far it has come. */
export function takeMemoryToFill(bytes: number): Buffer<ArrayBuffer> {
  return spareMemory.takeToFill(bytes);
}

export function memoryFilled(memory: Buffer<ArrayBuffer>, bytes: number): void {
  spareMemory.filled(memory.buffer, bytes);
}

/** Gives the system what is spare: something large needs it. */
export function releaseSpareMemory(): void {
  spareMemory.release();
}

/**
 * Gives memory back now, with all views of it: to `takeMemory`, where it came from there, and else to the system. Left to
 * the garbage collector, which sees one small object, many megabytes could pile up first. Nothing may read the bytes
 * afterwards. What came from elsewhere and is a part of something larger, such as Node's pool, stays as it is.
 */
export function freeMemory({ buffer, byteLength }: Uint8Array): void {
  if (!(buffer instanceof ArrayBuffer) || buffer.detached || spareMemory.giveBack(buffer)) return;
  if (byteLength === buffer.byteLength) buffer.transfer(0);
}
