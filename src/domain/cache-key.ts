import { createHash } from 'node:crypto';
import type { SourceUrl } from './source-url.ts';
import type { ThumbnailRequest } from './thumbnail-request.ts';

/**
 * Under which a thumbnail is cached: `v1:` and the SHA-256 of the canonical request as base64url, 46 characters of
 * printable ASCII without a space, which every backend takes.
 */
export type CacheKey = string & { readonly __brand: 'CacheKey' };

/** The generation of a source that was never purged; see `Generations`. */
export const FIRST_GENERATION = '';

/** Raise it when the same request comes to mean other pixels: encoder settings, colour handling, entry layout. */
const PIPELINE_VERSION = 'v1';

/**
 * The key of a request. The fields are joined as a JSON array, in which no two different lists read the same, so two
 * different requests never share a key. What was negotiated counts, not how: `format=webp` and an `Accept` that leads
 * to WebP are one entry.
 *
 * @param generation of the source; see `Generations`
 */
export function cacheKeyOf(request: ThumbnailRequest, generation = FIRST_GENERATION): CacheKey {
  const fields = [request.source.canonical, request.size, request.fit, request.format, generation];
  const digest = createHash('sha256').update(JSON.stringify(fields)).digest('base64url');
  return `${PIPELINE_VERSION}:${digest}` as CacheKey;
}

/** Under which the generation of a source is kept. */
export function generationKeyOf({ canonical }: SourceUrl): CacheKey {
  return `g1:${createHash('sha256').update(canonical).digest('base64url')}` as CacheKey;
}
