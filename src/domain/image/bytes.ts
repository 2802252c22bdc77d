/** The same bytes, uncopied, as the kind of array that has readers of numbers and that Node's streams and Koa know. */
export function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
