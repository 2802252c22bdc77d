import type { DeliveryName } from '../domain/request/delivery.ts';
import type { OptionName } from '../domain/request/options.ts';

type Value = string | number | boolean | undefined;

/** The parameters of `GET /thumbnail`, as docs/http-api.md has them; those that are undefined are left out. */
export type ThumbnailParameters = { readonly url: string } & Readonly<
  Partial<Record<OptionName | DeliveryName, Value>>
>;

export interface SigningKey {
  /** The id of the key in `SIGNING_KEYS`. */
  readonly keyId: string;
  /** The key itself, base64url. It must not reach a browser. */
  readonly key: string;
  /** When the URL expires, or seconds since 1970. Rounded up to a full day, say, caches see fewer URLs. */
  readonly expires: Date | number;
}

/**
 * The URL of a thumbnail.
 *
 * @param base where the service is, with its `BASE_PATH`: `https://thumbs.example` or `https://example.com/img`
 */
export function thumbnailUrl(base: string, parameters: ThumbnailParameters): string {
  return `${endpoint(base)}?${queryOf(parameters).toString()}`;
}

/**
 * The URL of a thumbnail, signed: it may ask for anything. For servers, since it takes the key.
 *
 * @throws TypeError for what is no key, such as a variable that is not set, or a key with its id before it
 */
export async function signedThumbnailUrl(
  base: string,
  parameters: ThumbnailParameters,
  { keyId, key, expires }: SigningKey,
): Promise<string> {
  const query = queryOf(parameters);
  query.set('key', keyId);
  query.set('expires', String(Math.floor(typeof expires === 'number' ? expires : expires.getTime() / 1000)));
  query.sort();
  query.set('signature', await macOf(`GET /thumbnail?${query.toString()}`, key));
  return `${endpoint(base)}?${query.toString()}`;
}

function endpoint(base: string): string {
  return `${base.replace(/\/+$/, '')}/thumbnail`;
}

function queryOf(parameters: ThumbnailParameters): URLSearchParams {
  const given = Object.entries<Value>(parameters).filter(([, value]) => value !== undefined);
  return new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)]));
}

const KEY = /^[\w-]{43,}={0,2}$/;

async function macOf(text: string, key: string): Promise<string> {
  if (!KEY.test(key))
    throw new TypeError('key is not a signing key: that is base64url of at least 32 bytes, without its id.');
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const secret = await crypto.subtle.importKey('raw', fromBase64Url(key), algorithm, false, ['sign']);
  const mac = await crypto.subtle.sign('HMAC', secret, new TextEncoder().encode(text));
  return toBase64Url(new Uint8Array(mac));
}

/** By `atob`, which browsers and edge runtimes have, too. */
function fromBase64Url(text: string): Uint8Array<ArrayBuffer> {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  return Uint8Array.from(binary, (character) => character.charCodeAt(0));
}

function toBase64Url(bytes: Uint8Array): string {
  const text = btoa(String.fromCharCode(...bytes));
  return text.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}
