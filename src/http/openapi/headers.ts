/** What an answer may carry, and what it says; Header Objects by name. */
export const HEADERS = {
  Allow: text('The methods that this route has.'),
  'Cache-Control': text('How long caches may keep this answer.', 'public, max-age=86400'),
  'Cache-Status': text(
    'What the cache of this service did (RFC 9211): a hit, with the seconds for which it stays fresh, below zero where it is stale; or a miss, and whether it was stored.',
    'thumbnailer; hit; ttl=3571',
  ),
  'Content-Disposition': text('Under what name a browser saves it.', 'inline; filename="thumbnail.webp"'),
  'Content-Length': { description: 'Bytes of the body.', schema: { type: 'integer', minimum: 0 } },
  ETag: text('Strong validator of these bytes, for If-None-Match.', '"GvtLkpV7Yc9tqgs0mXEf0Q"'),
  'Retry-After': {
    description: 'Seconds after which the same request will be welcome.',
    schema: { type: 'integer', minimum: 1 },
  },
  'Server-Timing': text(
    'Milliseconds that each stage took: cache, wait (for the work of another request), fetch, resize, total. A stage that did not take place is left out.',
    'cache;dur=1.3, fetch;dur=431.2, resize;dur=87.7, total;dur=521.0',
  ),
  Vary: text('`Accept`, where the answer depends on it.', 'Accept'),
  'X-Request-Id': text('The id of the request, in the log too; one that a proxy has set is kept.'),
  'Content-Security-Policy': text('The bytes may do nothing, should a browser show them as a document.'),
  'Cross-Origin-Resource-Policy': text('Pages of any site may show it.', 'cross-origin'),
} as const;

export type HeaderName = keyof typeof HEADERS;

/** On every answer but those about health, to browsers; a thumbnail has values of its own for two of them. */
export const BROWSER_HEADERS = {
  'Content-Security-Policy': 'what a page may load',
  'Cross-Origin-Opener-Policy': 'no window of another site keeps hold of a page',
  'Cross-Origin-Resource-Policy': 'which sites may show the answer',
  'Origin-Agent-Cluster': 'a page gets a process of its own',
  'Referrer-Policy': 'links tell nobody where they were',
  'Strict-Transport-Security': 'once over HTTPS, always',
  'X-Content-Type-Options': 'Content-Type is to be believed',
  'X-DNS-Prefetch-Control': 'no look-ups ahead of clicks',
  'X-Download-Options': 'a download is not opened in the context of this site',
  'X-Frame-Options': 'no other site frames a page',
  'X-Permitted-Cross-Domain-Policies': 'no policy files of plug-ins',
  'X-XSS-Protection': 'the filter of old browsers, which did harm, stays off',
} as const;

export function headerRefs(names: readonly HeaderName[]): Record<string, object> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

function text(description: string, example?: string) {
  return { description, schema: { type: 'string' }, ...(example !== undefined && { example }) };
}
