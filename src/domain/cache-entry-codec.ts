import { createHash } from 'node:crypto';
import { type CacheEntry, imageBytesOf, withImageBytes } from './cache-entry.ts';
import type { CacheKey } from './cache-key.ts';
import { isRemembered } from './failure-policy.ts';
import { INPUT_FORMATS, OUTPUT_FORMATS } from './formats.ts';

/**
 * How an entry is written where a cache keeps bytes: magic, SHA-256, the head's length, the head as JSON, the image.
 * The digest covers the key too, so that an answer that was meant for another key is not taken for this one's.
 */
const MAGIC = Buffer.from('THB2');
const DIGEST_AT = MAGIC.length;
const HEAD_LENGTH_AT = DIGEST_AT + 32;
const HEAD_AT = HEAD_LENGTH_AT + 4;

const NONE = new Uint8Array();

export function encodeCacheEntry(key: CacheKey, entry: CacheEntry): Buffer {
  const bytes = imageBytesOf(entry);
  const head = Buffer.from(JSON.stringify(withImageBytes(entry, NONE)));
  const headLength = Buffer.alloc(4);
  headLength.writeUInt32BE(head.length);
  const encoded = Buffer.concat([MAGIC, Buffer.alloc(32), headLength, head, bytes]);
  digestOf(key, encoded).copy(encoded, DIGEST_AT);
  return encoded;
}

/**
 * The entry, or undefined where the bytes are not what `encodeCacheEntry` wrote for this key. The image is a copy:
 * clients hand out views of large receive buffers, which an entry that is kept would keep alive.
 */
export function decodeCacheEntry(key: CacheKey, encoded: Buffer): CacheEntry | undefined {
  if (encoded.length < HEAD_AT || !encoded.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  if (!encoded.subarray(DIGEST_AT, HEAD_LENGTH_AT).equals(digestOf(key, encoded))) return undefined;
  const imageAt = HEAD_AT + encoded.readUInt32BE(HEAD_LENGTH_AT);
  if (imageAt > encoded.length) return undefined;
  const head = parseHead(encoded.toString('utf8', HEAD_AT, imageAt));
  if (head === undefined) return undefined;
  // Not from Buffer's pool, where an entry that stays would keep its neighbours' memory.
  const bytes = Buffer.allocUnsafeSlow(encoded.length - imageAt);
  encoded.copy(bytes, 0, imageAt);
  return withImageBytes(head, bytes);
}

function digestOf(key: CacheKey, encoded: Buffer): Buffer {
  return createHash('sha256').update(key).update(encoded.subarray(HEAD_LENGTH_AT)).digest();
}

/** The digest proves that these bytes are as written, not who wrote them: whoever can write to the cache can forge one. */
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
  if (head.kind === 'generation')
    return typeof head.generation === 'string' && /^[\w-]{1,64}$/.test(head.generation);
  if (head.kind === 'failure') return isRemembered(head.code) && typeof head.sentence === 'string';
  const { width, height, format, original } = head.thumbnail;
  return (
    (head.kind as string) === 'thumbnail' &&
    /^[\w-]{1,64}$/.test(head.etag) &&
    [width, height, original.width, original.height, original.bytes].every(isCount) &&
    OUTPUT_FORMATS.includes(format) &&
    INPUT_FORMATS.includes(original.format) &&
    Object.values(head.validators).every((value) => typeof value === 'string')
  );
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
