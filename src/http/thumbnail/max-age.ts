import type { ThumbnailQuery } from './thumbnail-query.ts';

/**
 * For how many seconds caches may keep an answer that stays as it is for `seconds`: one to a signed request no longer than
 * its signature holds.
 */
export function maxAgeSeconds(seconds: number, query: ThumbnailQuery | undefined): number {
  return Math.max(0, Math.min(seconds, signedSeconds(query)));
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
  query: ThumbnailQuery | undefined,
): string {
  const maxAge = maxAgeSeconds(freshSeconds, query);
  const stale = maxAgeSeconds(keptSeconds, query) - maxAge;
  const control = `public, max-age=${maxAge}`;
  return stale > 0 ? `${control}, stale-while-revalidate=${stale}, stale-if-error=${stale}` : control;
}

function signedSeconds(query: ThumbnailQuery | undefined): number {
  const expires = query?.terms.signature?.expires ?? Infinity;
  return Math.floor(expires - Date.now() / 1000);
}
