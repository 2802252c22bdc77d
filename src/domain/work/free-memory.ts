/**
 * Gives memory back to the system now, with all views of it. Left to the garbage collector, which sees one small object,
 * many megabytes could pile up first. Nothing may read the bytes afterwards.
 */
export function freeMemory({ buffer }: Uint8Array): void {
  if (buffer instanceof ArrayBuffer && !buffer.detached) buffer.transfer(0);
}
