import { constants, gunzipSync } from 'node:zlib';

/** What stands ahead of a drawing's root, licences and declarations of entities, is shorter than this. */
export const PROLOGUE_BYTES = 256 * 1024;

/** Of a compressed drawing, so much is unpacked to recognise it: a thousand times as many bytes at most. */
const PACKED_HEAD_BYTES = 4 * 1024;
const MAX_UNPACKED_HEAD_BYTES = 8 * 1024 * 1024;

const UTF8_MARK = Buffer.of(0xef, 0xbb, 0xbf);
const MARKS = { fffe: 'utf-16le', feff: 'utf-16be' } as const;

export function isGzip(bytes: Buffer): boolean {
  return bytes.length > 2 && bytes.readUInt16BE(0) === 0x1f8b;
}

/** As the end of the file says it (RFC 1952, 2.3.1). */
export function unpackedBytesOf(gzip: Buffer): number {
  return gzip.readUInt32LE(gzip.length - 4);
}

/**
 * The beginning of a drawing, one character for each byte where its encoding has ASCII in it, as all but UTF-16 have.
 * Undefined where it cannot be unpacked.
 */
export function headTextOf(bytes: Buffer): string | undefined {
  return textOf(isGzip(bytes) ? unpackedHead(bytes) : bytes.subarray(0, PROLOGUE_BYTES));
}

/** The same of bytes that are not packed. */
export function textOf(bytes: Buffer | undefined): string | undefined {
  if (bytes === undefined) return undefined;
  const utf16 = utf16Of(bytes);
  if (utf16 !== undefined) return new TextDecoder(utf16).decode(bytes);
  return bytes.toString('latin1', bytes.subarray(0, 3).equals(UTF8_MARK) ? 3 : 0);
}

/** The name of that encoding, where the bytes begin with its mark. */
export function utf16Of(bytes: Buffer): string | undefined {
  return (MARKS as Readonly<Record<string, string>>)[bytes.toString('hex', 0, 2)];
}

function unpackedHead(bytes: Buffer): Buffer | undefined {
  try {
    const head = gunzipSync(bytes.subarray(0, PACKED_HEAD_BYTES), {
      finishFlush: constants.Z_SYNC_FLUSH,
      maxOutputLength: MAX_UNPACKED_HEAD_BYTES,
    });
    return head.subarray(0, PROLOGUE_BYTES);
  } catch {
    return undefined;
  }
}
