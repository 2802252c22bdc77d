import { constants, gunzipSync } from 'node:zlib';

/** What stands ahead of a drawing's root, licences and declarations of entities, is shorter than this. */
export const PROLOGUE_BYTES = 256 * 1024;

/** Of a compressed drawing, so much is unpacked to recognise it: a thousand times as many bytes at most. */
const PACKED_HEAD_BYTES = 4 * 1024;
const MAX_UNPACKED_HEAD_BYTES = 8 * 1024 * 1024;

const UTF8_MARK = Buffer.of(0xef, 0xbb, 0xbf);
/** By the mark of UTF-16, or by `<` in it where there is none. */
const UTF16 = { fffe: 'utf-16le', feff: 'utf-16be', '3c00': 'utf-16le', '003c': 'utf-16be' } as const;

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

/** The drawing in UTF-8, without a mark, whatever its encoding is. */
export function inUtf8(bytes: Buffer): Buffer {
  if (bytes.subarray(0, UTF8_MARK.length).equals(UTF8_MARK)) return bytes.subarray(UTF8_MARK.length);
  const decoder = utf16Of(bytes) ?? declaredOf(bytes);
  return decoder === undefined ? bytes : Buffer.from(new TextDecoder(decoder).decode(bytes));
}

/** The name of that encoding, where the bytes begin as a drawing in it does. */
function utf16Of(bytes: Buffer): string | undefined {
  return (UTF16 as Readonly<Record<string, string>>)[bytes.toString('hex', 0, 2)];
}

const DECLARATION = /^<\?xml\s[^>]*?\sencoding\s*=\s*["']([\w.:-]+)["']/;
const DECLARATION_BYTES = 256;
const ASCII_IS_DIFFERENT = 'utf-16';

/** Another encoding than UTF-8 that a declaration names. Browsers ignore one that they do not know, or that cannot be true. */
function declaredOf(bytes: Buffer): string | undefined {
  const [, label] = DECLARATION.exec(bytes.toString('latin1', 0, DECLARATION_BYTES)) ?? [];
  try {
    const { encoding } = new TextDecoder(label);
    return encoding === 'utf-8' || encoding.startsWith(ASCII_IS_DIFFERENT) ? undefined : encoding;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
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
