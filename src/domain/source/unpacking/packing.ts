import { asBuffer } from '../../image/bytes.ts';
import { recogniseFormat } from '../../image/image-header.ts';

export type Coding = 'gzip' | 'deflate' | 'br' | 'zstd';

/** What the beginning of a body says of how it is packed. */
export type Packing =
  | { readonly kind: 'need-more' }
  /** Not at all, whatever was said of it. */
  | { readonly kind: 'plain' }
  /** By that algorithm, from there on. */
  | { readonly kind: 'packed'; readonly as: 'deflate' | 'br' | 'zstd'; readonly from: number };

const NEED_MORE: Packing = { kind: 'need-more' };
const PLAIN: Packing = { kind: 'plain' };

/** So many bytes show whether they are one of the image formats. */
const IMAGE_BYTES = 64;

/** Servers call what they do not pack packed, and mean two things by `deflate`: the bytes tell. */
export function packingOf(coding: Coding, beginning: Uint8Array): Packing {
  const bytes = asBuffer(beginning);
  if (coding === 'gzip') return gzipOf(bytes);
  if (coding === 'zstd') return zstdOf(bytes);
  if (bytes.length < IMAGE_BYTES) return NEED_MORE;
  return recogniseFormat(bytes) === undefined ? streamOf(coding, bytes) : PLAIN;
}

/** What has no mark of its own, or need not have one. */
export function streamOf(coding: Coding, beginning: Uint8Array): Packing {
  const bytes = asBuffer(beginning);
  if (coding === 'br') return { kind: 'packed', as: 'br', from: 0 };
  if (coding === 'deflate') return { kind: 'packed', as: 'deflate', from: hasZlibHeader(bytes) ? 2 : 0 };
  return PLAIN;
}

/** RFC 1950, 2.2; without a dictionary, which nobody could know. */
function hasZlibHeader(bytes: Buffer): boolean {
  if (bytes.length < 2) return false;
  const head = bytes.readUInt16BE(0);
  return (head & 0x0f20) === 0x0800 && head % 31 === 0;
}

/** The checksum behind it is not looked at, as in browsers: an image that it finds damaged shows that by itself. */
function gzipOf(bytes: Buffer): Packing {
  const header = readGzipHeader(bytes);
  if (header === 'none') return PLAIN;
  return header === 'need-more' ? NEED_MORE : { kind: 'packed', as: 'deflate', from: header };
}

const GZIP_MAGIC = 0x1f8b;
const GZIP_HEAD_BYTES = 10;
/** More than any file name and comment take. */
const MAX_GZIP_HEAD_BYTES = 128 * 1024;

const GZIP_FLAGS = { checksum: 0x02, extra: 0x04, name: 0x08, comment: 0x10 };

/** Where the deflated data begins (RFC 1952, 2.3); `none` where it is no gzip. */
function readGzipHeader(bytes: Buffer): number | 'need-more' | 'none' {
  if (bytes.length >= 2 && bytes.readUInt16BE(0) !== GZIP_MAGIC) return 'none';
  if (bytes.length < GZIP_HEAD_BYTES) return 'need-more';
  const flags = bytes.readUInt8(3);
  let at = GZIP_HEAD_BYTES;
  if ((flags & GZIP_FLAGS.extra) !== 0) {
    if (bytes.length < at + 2) return 'need-more';
    at += 2 + bytes.readUInt16LE(at);
  }
  for (const flag of [GZIP_FLAGS.name, GZIP_FLAGS.comment]) {
    if ((flags & flag) === 0) continue;
    const end = bytes.indexOf(0, at);
    if (end === -1) return bytes.length > MAX_GZIP_HEAD_BYTES ? 'none' : 'need-more';
    at = end + 1;
  }
  if ((flags & GZIP_FLAGS.checksum) !== 0) at += 2;
  return bytes.length < at ? 'need-more' : at;
}

/** A frame, or one that is to be skipped (RFC 8878, 3.1). */
function zstdOf(bytes: Buffer): Packing {
  if (bytes.length < 4) return NEED_MORE;
  const magic = bytes.readUInt32LE(0);
  const isFrame = magic === 0xfd2fb528 || magic >>> 4 === 0x184d2a5;
  return isFrame ? { kind: 'packed', as: 'zstd', from: 0 } : PLAIN;
}
