import { hash } from 'node:crypto';
import { canonicalInfoSpec, isInfoSpec } from '../request/info-spec.ts';
import { canonicalSpec } from '../request/thumbnail-spec.ts';
import type { Spec } from '../request/source-request.ts';

/**
 * Under which a thumbnail is cached: `v2:` and the SHA-256 of the canonical request as base64url, 46 characters of
 * printable ASCII without a space, which every backend takes.
 */
export type CacheKey = string & { readonly __brand: 'CacheKey' };

/** What a request of a remote source is looked up under, where the source was never purged. */
export interface RequestKeys {
  readonly thumbnail: CacheKey;
  /** Of the source's generation. */
  readonly generation: CacheKey;
}

/** The generation of a source that was never purged; see `Generations`. */
export const FIRST_GENERATION = '';

/** Raise it when the same request comes to mean other pixels: encoder settings, colour handling, entry layout. */
const PIPELINE_VERSION = 'v2';

/**
 * The key of a thumbnail, or of an info. The fields are joined as a JSON array, in which no two different lists read the same, so two
 * different requests never share a key; the spec's canonical text has every option in it. What was negotiated counts,
 * not how: `format=webp` and an `Accept` that leads to WebP are one entry.
 *
 * @param sourceName its address in the one spelling, or the digest of an upload; see `OpenSource`
 * @param generation of the source; see `Generations`
 */
export function cacheKeyOf(sourceName: string, spec: Spec, generation: string = FIRST_GENERATION): CacheKey {
  const text = isInfoSpec(spec) ? canonicalInfoSpec(spec) : canonicalSpec(spec);
  const fields = [sourceName, text, generation];
  return `${PIPELINE_VERSION}:${hash('sha256', JSON.stringify(fields), 'base64url')}` as CacheKey;
}

/** Under which the generation of a source is kept. */
export function generationKeyOf(sourceName: string): CacheKey {
  return `g1:${hash('sha256', sourceName, 'base64url')}` as CacheKey;
}
