import type { PresentedSignature } from '../../domain/access/signature.ts';

/**
 * For how many seconds caches may keep an answer that stays as it is for `seconds`: one to a signed request no longer than
 * its signature holds.
 */
export function maxAgeSeconds(seconds: number, signature: PresentedSignature | undefined): number {
  return Math.max(0, Math.min(seconds, signedSeconds(signature)));
}

/**
 * The `Cache-Control` of a thumbnail: caches in front may do what this service does, answer with a stale one for as long as
 * it is kept here, while they ask for a new one (RFC 5861) and where they get none.
 *
 * @param freshSeconds for which it stays fresh; below zero where it is stale
 * @param keptSeconds for which this service keeps it, fresh or stale
 */
export function cacheControl(
  { freshSeconds, keptSeconds }: { readonly freshSeconds: number; readonly keptSeconds: number },
  signature: PresentedSignature | undefined,
): string {
  const maxAge = maxAgeSeconds(freshSeconds, signature);
  const stale = maxAgeSeconds(keptSeconds, signature) - maxAge;
  const control = `public, max-age=${maxAge}`;
  return stale > 0 ? `${control}, stale-while-revalidate=${stale}, stale-if-error=${stale}` : control;
}

function signedSeconds(signature: PresentedSignature | undefined): number {
  const expires = signature?.expires ?? Infinity;
  return Math.floor(expires - Date.now() / 1000);
}
