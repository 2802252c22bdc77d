import { hash } from 'node:crypto';
import { canonicalInfoSpec, isInfoSpec } from '../request/info-spec.ts';
import { canonicalSpec } from '../request/thumbnail-spec.ts';
import type { Spec } from '../request/source-request.ts';

/**
 * Under which something is cached: `v7:` and a SHA-256 as base64url, 46 characters of printable ASCII without a space,
 * which every backend takes. A shared cache puts its namespace before it.
 */
export type CacheKey = string & { readonly __brand: 'CacheKey' };

/** What a request is looked up under. */
export interface RequestKeys {
  readonly thumbnail: CacheKey;
  /** Of the source's generation; undefined for an upload or a sample, whose bytes are its name: it cannot be purged. */
  readonly generation: CacheKey | undefined;
  /** The digest that the thumbnail's key was made with; see `cacheKeyOf`. */
  readonly policy: string;
}

/** The keys of one request, by that digest. */
export type KeysOf = (policy: string) => RequestKeys;

/** Keeps the last ones: the digest seldom changes. */
export function keptKeys(keysOf: KeysOf): KeysOf {
  let kept: RequestKeys | undefined;
  return (policy) => (kept?.policy === policy ? kept : (kept = keysOf(policy)));
}

/** Raise it when the same request comes to mean other pixels: encoder settings, colour handling, entry layout. */
const PIPELINE_VERSION = 'v7';

/**
 * The key of a thumbnail, or of an info. The fields are joined as a JSON array, in which no two different lists read the
 * same, so two different requests never share a key; the spec's canonical text has every option in it. What was negotiated counts,
 * not how: `format=webp` and an `Accept` that leads to WebP are one entry.
 *
 * @param sourceName its address in the one spelling, or the digest of an upload; see `OpenSource`
 * @param policy a digest of what the operator lets be fetched, and how: what another policy let in is not served
 */
export function cacheKeyOf(sourceName: string, spec: Spec, policy = ''): CacheKey {
  const text = isInfoSpec(spec) ? canonicalInfoSpec(spec) : canonicalSpec(spec);
  return `${PIPELINE_VERSION}:${digest([sourceName, text, policy])}` as CacheKey;
}

/**
 * Under which the generation of a source is kept: the same for all versions and policies, so that a purge that one of
 * them is asked for holds for all who share the cache. Versions that cannot read one another's would replace it with each
 * request, while both run, and find no thumbnail current: where its form has to change, raise both numbers, here and above.
 */
export function generationKeyOf(sourceName: string): CacheKey {
  return `g2:${digest([sourceName])}` as CacheKey;
}

/**
 * Under which news of a source are kept, such as its fault, for all of its sizes and formats.
 *
 * @param judgedBy digests of what verdicts on it depend on
 */
export function newsKeyOf(
  sourceName: string,
  of: 'thumbnail' | 'info',
  judgedBy: readonly string[],
): CacheKey {
  return `n1:${digest([sourceName, of, ...judgedBy])}` as CacheKey;
}

function digest(fields: readonly string[]): string {
  return hash('sha256', JSON.stringify(fields), 'base64url');
}
