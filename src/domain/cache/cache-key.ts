import { hash } from 'node:crypto';
import type { ThumbnailSpec } from '../../ports/image-resizer.ts';
import type { SourceUrl } from '../request/source-url.ts';
import type { ThumbnailRequest } from '../request/thumbnail-request.ts';

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
  return keyOf(request.source.canonical, request, generation);
}

/** The key of an image that was sent here. No address begins as this does, so it is no source's. */
export function imageKeyOf(image: Uint8Array, spec: ThumbnailSpec): CacheKey {
  return keyOf(`sha256:${hash('sha256', image, 'base64url')}`, spec, FIRST_GENERATION);
}

function keyOf(image: string, { size, fit, format }: ThumbnailSpec, generation: string): CacheKey {
  const fields = [image, size, fit, format, generation];
  return `${PIPELINE_VERSION}:${hash('sha256', JSON.stringify(fields), 'base64url')}` as CacheKey;
}

/** Under which the generation of a source is kept. */
export function generationKeyOf({ canonical }: SourceUrl): CacheKey {
  return `g1:${hash('sha256', canonical, 'base64url')}` as CacheKey;
}
