import type { ThumbnailQuery } from './thumbnail-query.ts';

/**
 * For how many seconds caches may keep an answer that stays as it is for `seconds`: one to a signed request no longer than
 * its signature holds.
 */
export function maxAgeSeconds(seconds: number, query: ThumbnailQuery | undefined): number {
  const expires = query?.terms.signature?.expires ?? Infinity;
  return Math.max(0, Math.min(seconds, Math.floor(expires - Date.now() / 1000)));
}
