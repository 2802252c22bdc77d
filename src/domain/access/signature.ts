import { createHmac, timingSafeEqual } from 'node:crypto';
import { SignatureInvalidError } from '../errors/index.ts';

/** A signature as a request presents it. */
export interface PresentedSignature {
  readonly keyId: string;
  /** Unix seconds after which it no longer holds. */
  readonly expires: number;
  /** base64url of HMAC-SHA256 over `signedText`. */
  readonly mac: string;
  /** The canonical text of the request; see `textToSign`. */
  readonly signedText: string;
}

/** The keys by id, in the operator's order: the first one signs, all of them verify. */
export type SigningKeys = ReadonlyMap<string, Buffer>;

/** Method and path: `GET` for something of a source, `POST` of an image that is sent, `DELETE` where a source is purged. */
export type SignedOperation =
  'GET /thumbnail' | 'POST /thumbnail' | 'DELETE /thumbnail' | 'GET /info' | 'POST /info';

/** SHA-256 gives a shorter key no more strength than its own length. */
const MIN_KEY_BYTES = 32;

/**
 * Parses `id:key,id:key`, each key base64url of at least 32 bytes. Throws an Error whose message names the id but
 * never a key.
 */
export function parseSigningKeys(text: string): SigningKeys {
  const keys = new Map<string, Buffer>();
  for (const part of text.split(',').map((item) => item.trim())) {
    const [, id, encoded] = /^([\w.-]{1,64}):([\w-]+)={0,2}$/.exec(part) ?? [];
    if (id === undefined || encoded === undefined)
      throw new Error('expected id:key,id:key with base64url keys');
    const key = Buffer.from(encoded, 'base64url');
    if (key.length < MIN_KEY_BYTES) throw new Error(`key "${id}" is shorter than ${MIN_KEY_BYTES} bytes`);
    if (keys.has(id)) throw new Error(`key id "${id}" is used twice`);
    keys.set(id, key);
  }
  return keys;
}

/**
 * The text that a signature covers: method, path, and every parameter but the signature itself, sorted by name and
 * encoded as application/x-www-form-urlencoded. HEAD is signed as GET.
 */
export function textToSign(operation: SignedOperation, parameters: URLSearchParams): string {
  const signed = new URLSearchParams(parameters);
  signed.delete('signature');
  signed.sort();
  return `${operation}?${signed.toString()}`;
}

/**
 * The parameters of a signed request: those given, the id of the key that signs, the expiry, and the signature.
 *
 * @param expires Unix seconds
 * @throws Error when there is no key
 */
export function sign(
  operation: SignedOperation,
  parameters: URLSearchParams,
  expires: number,
  keys: SigningKeys,
): URLSearchParams {
  const [first] = keys;
  if (first === undefined) throw new Error('there is no key to sign with');
  const [keyId, key] = first;
  const signed = new URLSearchParams(parameters);
  signed.set('key', keyId);
  signed.set('expires', String(expires));
  signed.set('signature', macOf(textToSign(operation, signed), key));
  return signed;
}

/**
 * @throws SignatureInvalidError when the key is unknown, the signature is of another text, or its time is over. The
 * comparison takes the same time wherever the two differ; expiry is looked at last, so that only the holder of a
 * genuine signature learns of it.
 */
export function verifySignature(presented: PresentedSignature, keys: SigningKeys, nowMs: number): void {
  const key = keys.get(presented.keyId);
  // As text, not as what it decodes to: of many spellings of the same bytes one is a signature.
  const given = Buffer.from(presented.mac);
  const expected = Buffer.from(macOf(presented.signedText, key ?? ''));
  const genuine = given.length === expected.length && timingSafeEqual(given, expected);
  if (key === undefined || !genuine) {
    // The sentence repeats the request; the log has this in its place.
    const cause = new Error(key === undefined ? 'the key is unknown' : 'the signature is of another text');
    throw new SignatureInvalidError({ textToSign: presented.signedText }, { cause });
  }
  if (presented.expires * 1000 <= nowMs) throw new SignatureInvalidError('expired');
}

/** 43 characters of base64url. */
function macOf(text: string, key: Buffer | string): string {
  return createHmac('sha256', key).update(text).digest('base64url');
}
