const MAGIC = 0x1f8b;
const FIXED_BYTES = 10;
/** More than any file name and comment take. */
const MAX_BYTES = 128 * 1024;

const FLAGS = { checksum: 0x02, extra: 0x04, name: 0x08, comment: 0x10 };

/** Where the deflated data begins (RFC 1952, 2.3); `none` where it is no gzip. */
export function readGzipHeader(bytes: Buffer): number | 'need-more' | 'none' {
  if (bytes.length >= 2 && bytes.readUInt16BE(0) !== MAGIC) return 'none';
  if (bytes.length < FIXED_BYTES) return 'need-more';
  const flags = bytes.readUInt8(3);
  let at = FIXED_BYTES;
  if ((flags & FLAGS.extra) !== 0) {
    if (bytes.length < at + 2) return 'need-more';
    at += 2 + bytes.readUInt16LE(at);
  }
  for (const flag of [FLAGS.name, FLAGS.comment]) {
    if ((flags & flag) === 0) continue;
    const end = bytes.indexOf(0, at);
    if (end === -1) return bytes.length > MAX_BYTES ? 'none' : 'need-more';
    at = end + 1;
  }
  if ((flags & FLAGS.checksum) !== 0) at += 2;
  return bytes.length < at ? 'need-more' : at;
}
