const TYPE_AT = 12;
/** Where VP8X has its flags, and the one for transparency (RFC 9649, 2.7). */
const FLAGS_AT = 20;
const ALPHA = 0x10;
/** The byte of a lossless picture in which it has the same (RFC 9649, 3.4). */
const HINT_AT = 24;

/** A WebP that says that there is transparency, as its picture has it. */
export function announcingAlpha(file: Buffer): Buffer {
  const at = file.toString('latin1', TYPE_AT, TYPE_AT + 4) === 'VP8X' ? FLAGS_AT : HINT_AT;
  const copy = Buffer.from(file);
  copy.writeUInt8(copy.readUInt8(at) | ALPHA, at);
  return copy;
}
