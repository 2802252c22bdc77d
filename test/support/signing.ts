import { createHmac } from 'node:crypto';
import type { PresentedSignature } from '../../src/domain/access/signature.ts';

/**
 * A signed request's parameters, signed independently of the service's own code: HMAC-SHA256, as base64url, over
 * `GET /thumbnail?`, or another method, and the parameters, sorted by name and form-encoded.
 */
export function signedParameters(
  parameters: Readonly<Record<string, string>>,
  {
    id,
    key,
    expires = inTenMinutes(),
    method = 'GET',
  }: { readonly id: string; readonly key: string; readonly expires?: number; readonly method?: string },
): Record<string, string> {
  const all = { ...parameters, key: id, expires: String(expires) };
  const query = new URLSearchParams(all);
  query.sort();
  const mac = createHmac('sha256', Buffer.from(key, 'base64url')).update(
    `${method} /thumbnail?${query.toString()}`,
  );
  return { ...all, signature: mac.digest('base64url') };
}

function inTenMinutes(): number {
  return Math.floor(Date.now() / 1000) + 600;
}

/** The signature of a text with the key of id `k`, as the domain is handed it; it holds until 2030. */
export function signatureOf(signedText: string, key: Buffer): PresentedSignature {
  const mac = createHmac('sha256', key).update(signedText).digest('base64url');
  return { keyId: 'k', expires: 1_900_000_000, mac, signedText };
}
