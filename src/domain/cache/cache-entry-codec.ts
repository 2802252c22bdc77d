import { crc32 } from 'node:zlib';
import {
  type CacheEntry,
  type GenerationEntry,
  type NoteEntry,
  imageBytesOf,
  withImageBytes,
} from './cache-entry.ts';
import type { CacheKey } from './cache-key.ts';
import { asBuffer } from '../image/bytes.ts';
import { isRemembered } from './negative-caching.ts';
import type { KnownInfo } from '../image/image-info.ts';
import { MAX_PLACEHOLDER_LENGTH } from '../info/placeholder.ts';
import { INPUT_FORMATS, OUTPUT_FORMATS } from '../image/formats.ts';
import { MAX_VALIDATOR_LENGTH } from '../source/freshness.ts';

/**
 * How an entry is written where a cache keeps bytes: magic, CRC-32 of all that follows, the lengths of key and head, the
 * key, the head as JSON, the image. The key is there so that an answer that was meant for another key is not taken for
 * this one's. The checksum finds what was damaged or cut on its way; against one who forges entries a digest would
 * be of no more use, as it is no secret how to compute it, and it takes four times as long.
 */
const MAGIC = Buffer.from('THB4');
const CHECKSUM_AT = MAGIC.length;
const KEY_LENGTH_AT = CHECKSUM_AT + 4;
const HEAD_LENGTH_AT = KEY_LENGTH_AT + 4;
const KEY_AT = HEAD_LENGTH_AT + 4;

/** As it is written. What a cache has that is longer is nothing that it was given, and is not to be read into memory. */
export const MAX_ENTRY_BYTES = 64 * 1024 * 1024;

const MAX_SIDE_PX = 1_000_000;
const MAX_SENTENCE_LENGTH = 500;

const NONE = new Uint8Array();

export function encodeCacheEntry(key: CacheKey, entry: CacheEntry): Buffer {
  const bytes = imageBytesOf(entry);
  const head = Buffer.from(JSON.stringify(withImageBytes(entry, NONE)));
  const encoded = Buffer.concat([Buffer.alloc(KEY_AT), Buffer.from(key), head, bytes]);
  MAGIC.copy(encoded);
  encoded.writeUInt32BE(Buffer.byteLength(key), KEY_LENGTH_AT);
  encoded.writeUInt32BE(head.length, HEAD_LENGTH_AT);
  encoded.writeUInt32BE(crc32(encoded.subarray(KEY_LENGTH_AT)), CHECKSUM_AT);
  return encoded;
}

/**
 * The entry, or undefined where the bytes are not what `encodeCacheEntry` wrote for this key. Its image is a view of
 * `bytes`: clients hand out views of large receive buffers, so a caller that keeps the entry makes a copy.
 */
export function decodeCacheEntry(key: CacheKey, bytes: Uint8Array): CacheEntry | undefined {
  const encoded = asBuffer(bytes);
  if (encoded.length < KEY_AT || !encoded.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  if (encoded.readUInt32BE(CHECKSUM_AT) !== crc32(encoded.subarray(KEY_LENGTH_AT))) return undefined;
  const headAt = KEY_AT + encoded.readUInt32BE(KEY_LENGTH_AT);
  const imageAt = headAt + encoded.readUInt32BE(HEAD_LENGTH_AT);
  if (imageAt > encoded.length || encoded.toString('utf8', KEY_AT, headAt) !== key) return undefined;
  const head = parseHead(encoded.toString('utf8', headAt, imageAt));
  return head && withImageBytes(head, encoded.subarray(imageAt));
}

/** The checksum proves that these bytes are as written, not who wrote them: anyone who can write to the cache can forge one. */
function parseHead(text: string): CacheEntry | undefined {
  try {
    const head = JSON.parse(text) as CacheEntry;
    return isHead(head) ? head : undefined;
  } catch {
    return undefined;
  }
}

function isHead(head: CacheEntry): boolean {
  if (!isCount(head.createdAtMs) || !isCount(head.freshUntilMs)) return false;
  if (typeof head.generation !== 'string' || !/^[\w-]{1,64}$/.test(head.generation)) return false;
  if (isBare(head)) return true;
  if (head.kind === 'failure')
    return (
      isRemembered(head.code) &&
      isSentence(head.sentence) &&
      typeof head.verdictOf === 'string' &&
      isCount(head.retryAtMs ?? 0)
    );
  if (!isCount(head.staleSinceMs ?? 0)) return false;
  if (!Object.values(head.validators).every(isFieldValue)) return false;
  if (head.kind === 'info') return isInfo(head.info);
  const { width, height, format, original } = head.thumbnail;
  return (
    (head.kind as string) === 'thumbnail' &&
    /^[\w-]{1,64}$/.test(head.etag) &&
    [width, height, original.width, original.height].every(isSide) &&
    isCount(original.bytes ?? 0) &&
    OUTPUT_FORMATS.includes(format) &&
    INPUT_FORMATS.includes(original.format)
  );
}

/** Whether it is of a kind that says nothing more. */
function isBare(head: CacheEntry): head is GenerationEntry | NoteEntry {
  return head.kind === 'generation' || head.kind === 'unkept' || head.kind === 'changed';
}

/** It becomes a part of a JSON document; a page may show its colour and its placeholder. */
function isInfo({ format, width, height, bytes, hasAlpha, frames = 1, ...info }: KnownInfo): boolean {
  const { color = '#000000', thumbhash = '', placeholder = '' } = info;
  return (
    INPUT_FORMATS.includes(format) &&
    [width, height].every(isSide) &&
    isCount(bytes ?? 0) &&
    typeof hasAlpha === 'boolean' &&
    isCount(frames) &&
    /^#[0-9a-f]{6}$/.test(color) &&
    /^[\w+/]{0,64}={0,2}$/.test(thumbhash) &&
    placeholder.length <= MAX_PLACEHOLDER_LENGTH &&
    /^(?:data:image\/png;base64,[\w+/]+={0,2})?$/.test(placeholder)
  );
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

/** Of an image, or of a drawing, which may be larger than any image. */
function isSide(value: unknown): boolean {
  return isCount(value) && (value as number) >= 1 && (value as number) <= MAX_SIDE_PX;
}

/** What goes into a header of a request to the source: it came in one of its answers, perhaps with a tab for a space. */
function isFieldValue(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    value.length <= MAX_VALIDATOR_LENGTH &&
    /^[\t\x20-\x7e\x80-\xff]*$/.test(value)
  );
}

/** What a person is shown: text as error classes have it, without markup or addresses. */
function isSentence(value: unknown): boolean {
  return (
    typeof value === 'string' &&
    value.length <= MAX_SENTENCE_LENGTH &&
    !/[\p{C}\p{Zl}\p{Zp}<>]|:\/\//u.test(value)
  );
}
