import type { PresentedSignature } from '../../domain/access/signature.ts';

/**
 * For how many seconds caches may keep an answer that stays as it is for `seconds`: one to a signed request no longer than
 * its signature holds.
 */
export function maxAgeSeconds(seconds: number, signature: PresentedSignature | undefined): number {
  return Math.max(0, Math.min(seconds, signedSeconds(signature)));
}

/** Seconds from now, below zero where it is over. */
export interface Ages {
  /** For which it stays fresh. */
  readonly freshSeconds: number;
  /** For which this service serves it while it asks the source again; 0 where the source does not want that. */
  readonly staleSeconds: number;
  /** For which this service serves it although its source fails. */
  readonly goodSeconds: number;
}

/**
 * The `Cache-Control` of a thumbnail: caches in front may do what this service does, answer with a stale one for as long as
 * it is kept here while they ask for a new one, and for as long as it is better than an error where they get none (RFC
 * 5861).
 */
export function cacheControl(
  { freshSeconds, staleSeconds, goodSeconds }: Ages,
  signature: PresentedSignature | undefined,
): string {
  const maxAge = maxAgeSeconds(freshSeconds, signature);
  const staleFor = (name: string, seconds: number) => {
    const stale = maxAgeSeconds(seconds, signature) - maxAge;
    return stale > 0 ? `, ${name}=${stale}` : '';
  };
  const whileRevalidated = staleFor('stale-while-revalidate', staleSeconds);
  return `public, max-age=${maxAge}${whileRevalidated}${staleFor('stale-if-error', goodSeconds)}`;
}

function signedSeconds(signature: PresentedSignature | undefined): number {
  const expires = signature?.expires ?? Infinity;
  return Math.floor(expires - Date.now() / 1000);
}
