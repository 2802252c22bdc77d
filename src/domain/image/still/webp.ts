/** Where VP8X has its flags, and the one for transparency (RFC 9649, 2.7). */
const FLAGS_AT = 20;
const ALPHA = 0x10;

/** An extended WebP that says that there is transparency, as its picture has it. */
export function stillWebp(file: Buffer): Buffer {
  const copy = Buffer.from(file);
  copy.writeUInt8(copy.readUInt8(FLAGS_AT) | ALPHA, FLAGS_AT);
  return copy;
}
