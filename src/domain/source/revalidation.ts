import type { SourceAnswer } from '../../ports/image-fetcher.ts';
import {
  type SourceFreshness,
  type SourceValidators,
  freshnessFields,
  freshnessOf,
  headersFrom,
} from './freshness.ts';

/**
 * Whether a 304 is about the version that was asked for: one that names another version says that there is one
 * (RFC 9111, 4.3.4), and is no answer.
 */
export function isAbout({ etag, lastModified }: SourceValidators, { headers }: SourceAnswer): boolean {
  if (etag !== undefined && headers['etag'] !== undefined) return opaque(etag) === opaque(headers['etag']);
  const date = headers['last-modified'];
  return lastModified === undefined || date === undefined || lastModified === date;
}

/** What is known after a 304: what it says, and of the rest what was said with the image (RFC 9111, 3.2). */
export function updated(
  validators: SourceValidators,
  { headers }: SourceAnswer,
  nowMs: number,
): { readonly freshness: SourceFreshness; readonly validators: SourceValidators } {
  const merged = { ...headersFrom(validators), ...headers };
  return {
    freshness: freshnessOf(merged, nowMs),
    validators: { ...validators, ...freshnessFields(merged) },
  };
}

function opaque(etag: string): string {
  return etag.replace(/^W\//, '');
}
