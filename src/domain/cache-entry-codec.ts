import { createHash } from 'node:crypto';
import type { CacheKey } from './cache-key.ts';
import { INPUT_FORMATS, OUTPUT_FORMATS } from './formats.ts';
import type { CacheEntry } from './thumbnail.ts';

/**
 * How an entry is written where a cache keeps bytes: magic, SHA-256, the head's length, the head as JSON, the image.
 * The digest covers the key too, so that an answer that was meant for another key is not taken for this one's.
 */
const MAGIC = Buffer.from('THB1');
const DIGEST_AT = MAGIC.length;
const HEAD_LENGTH_AT = DIGEST_AT + 32;
const HEAD_AT = HEAD_LENGTH_AT + 4;

type Head = Omit<CacheEntry, 'thumbnail'> & { readonly thumbnail: Omit<CacheEntry['thumbnail'], 'bytes'> };

export function encodeCacheEntry(key: CacheKey, entry: CacheEntry): Buffer {
  const { bytes, ...facts } = entry.thumbnail;
  const head = Buffer.from(JSON.stringify({ ...entry, thumbnail: facts } satisfies Head));
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
  return { ...head, thumbnail: { ...head.thumbnail, bytes } };
}

function digestOf(key: CacheKey, encoded: Buffer): Buffer {
  return createHash('sha256').update(key).update(encoded.subarray(HEAD_LENGTH_AT)).digest();
}

/** The digest proves that these bytes are as written, not who wrote them: whoever can write to the cache can forge one. */
function parseHead(text: string): Head | undefined {
  try {
    const head = JSON.parse(text) as Head;
    return isHead(head) ? head : undefined;
  } catch {
    return undefined;
  }
}

function isHead({ etag, createdAtMs, freshUntilMs, thumbnail }: Head): boolean {
  const { format, width, height, original } = thumbnail;
  return (
    /^[\w-]{1,64}$/.test(etag) &&
    [createdAtMs, freshUntilMs, width, height, original.width, original.height, original.bytes].every(
      isCount,
    ) &&
    OUTPUT_FORMATS.includes(format) &&
    INPUT_FORMATS.includes(original.format)
  );
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}
