import type { IncomingHttpHeaders } from 'node:http';
import CachePolicy from 'http-cache-semantics';
import type { SourceFreshness, SourceValidators } from '../../domain/cache/source-freshness.ts';

/** A header that says how long an answer stays good; without one, any guess is the operator's to make. */
const EXPLICIT = /\b(max-age|s-maxage|no-cache|must-revalidate|proxy-revalidate)\b/i;

/** What an answer says of how long it may be kept, by a shared cache (RFC 9111). */
export function freshnessOf(status: number, headers: IncomingHttpHeaders): SourceFreshness {
  const policy = new CachePolicy(
    { method: 'GET', url: '/', headers: {} },
    { status, headers },
    { shared: true, cacheHeuristic: 0 },
  );
  const isExplicit =
    EXPLICIT.test(headers['cache-control'] ?? '') ||
    headers.expires !== undefined ||
    headers.pragma !== undefined;
  return { storable: policy.storable(), ttlMs: isExplicit ? policy.timeToLive() : undefined };
}

/** By what the server at this address recognises the version that it sent. */
export function validatorsOf(
  href: string,
  { etag, 'last-modified': lastModified }: IncomingHttpHeaders,
): SourceValidators {
  if (etag === undefined && lastModified === undefined) return {};
  return { href, ...(etag !== undefined && { etag }), ...(lastModified !== undefined && { lastModified }) };
}

/** The headers that ask an address whether its version has changed; none where the validators are another's. */
export function conditionsFor(href: string, validators: SourceValidators = {}): Record<string, string> {
  if (validators.href !== href) return {};
  const { etag, lastModified } = validators;
  return {
    ...(etag !== undefined && { 'if-none-match': etag }),
    ...(lastModified !== undefined && { 'if-modified-since': lastModified }),
  };
}

/** `Retry-After` in milliseconds: seconds, or a date (RFC 9110, 10.2.3). */
export function retryAfterMs({ 'retry-after': text }: IncomingHttpHeaders): number | undefined {
  if (text === undefined) return undefined;
  const delayMs = /^\d+$/.test(text) ? Number(text) * 1000 : Date.parse(text) - Date.now();
  return delayMs > 0 ? delayMs : undefined;
}
