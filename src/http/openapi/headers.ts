import { INERT_POLICY } from '../middleware/security-headers.ts';

/** What an answer may carry, and what it says; Header Objects by name. */
export const HEADERS = {
  'Access-Control-Allow-Headers': text(
    'The headers that the request may have.',
    'Content-Type, If-None-Match, *',
  ),
  'Access-Control-Allow-Methods': text('The methods of this route.', 'GET, HEAD, POST, DELETE'),
  'Access-Control-Allow-Origin': text(
    'Whose scripts may send the request: `*`, or the origin that asks.',
    '*',
  ),
  'Access-Control-Max-Age': text('Seconds for which a browser need not ask again.', '86400'),
  Allow: text('The methods that this route has.', 'GET, HEAD'),
  'Cache-Control': text(
    'How long caches may keep this answer, and use it once it is stale.',
    'public, max-age=86400, stale-while-revalidate=2505600, stale-if-error=2505600',
  ),
  'Cache-Status': text(
    'What the cache of this service did (RFC 9211): a hit, with the seconds for which it stays fresh (negative if it is stale), or a miss (`fwd=uri-miss`; `fwd=stale` if the source was asked whether a stale one still holds; of a refresh `fwd=request`), whether the thumbnail was stored, and whether the request waited for the work of another one (`collapsed`).',
    'thumbnailer; hit; ttl=3571',
  ),
  'Content-Disposition': text(
    'The file name under which a browser saves it.',
    'inline; filename="thumbnail.webp"',
  ),
  'Content-Length': {
    description: 'Bytes of the body.',
    schema: { type: 'integer', minimum: 0 },
    example: 8192,
  },
  ETag: text('Strong validator of these bytes, for If-None-Match.', '"GvtLkpV7Yc9tqgs0mXEf0Q"'),
  'Retry-After': {
    description: 'Seconds to wait before sending the same request again.',
    schema: { type: 'integer', minimum: 1 },
    example: 5,
  },
  'Server-Timing': text(
    'Milliseconds that each stage took: cache, wait (for the work of another request), fetch, resize, total. Stages that did not take place are left out.',
    'cache;dur=1.3, fetch;dur=431.2, resize;dur=87.7, total;dur=521.0',
  ),
  Vary: text('`Accept` and `Origin`, if the answer depends on them.', 'Accept'),
  'X-Thumbnail-Fault': text(
    'With `fallback=true`: the code of the error in whose place this image is; without it, the image is the one that was asked for.',
    'source-not-found',
  ),
  'X-Request-Id': text(
    'The id of the request, which is also in the log. An id set by a proxy is kept.',
    '0fb1f7ec-aa33-490b-aaf2-128a84ee558b',
  ),
  'Content-Security-Policy': text(
    "The bytes can't run anything if a browser shows them as a document.",
    INERT_POLICY,
  ),
  'Cross-Origin-Resource-Policy': text('Pages of any site may show it.', 'cross-origin'),
} as const;

export type HeaderName = keyof typeof HEADERS;

/** On every answer but those about health, to browsers; a thumbnail has values of its own for two of them. */
export const BROWSER_HEADERS = {
  'Content-Security-Policy': 'what a page may load',
  'Cross-Origin-Opener-Policy': 'windows of other sites get no reference to a page',
  'Cross-Origin-Resource-Policy': 'which sites may show the answer',
  'Origin-Agent-Cluster': 'a page may get its own process',
  'Referrer-Policy': 'links do not reveal the page that they are on',
  'Strict-Transport-Security': 'once over HTTPS, always over HTTPS (only with `HSTS=on`)',
  'X-Content-Type-Options': 'browsers trust Content-Type instead of guessing',
  'X-DNS-Prefetch-Control': 'no DNS lookups before a click',
  'X-Download-Options': 'a download is not opened in the context of this site',
  'X-Frame-Options': 'no other site frames a page',
  'X-Permitted-Cross-Domain-Policies': 'no policy files for plug-ins',
  'X-XSS-Protection': 'the harmful filter of old browsers stays off',
} as const;

/** On answers to programs, for scripts on pages of other sites. */
export const SCRIPT_HEADERS = {
  'Access-Control-Allow-Origin': 'whose scripts may read the answer: `*`, or the origin that asks',
  'Access-Control-Expose-Headers': 'which headers they may read',
  'Timing-Allow-Origin': 'who may measure how long it took',
} as const;

export function headerRefs(names: readonly HeaderName[]): Record<string, object> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

function text(description: string, example: string) {
  return { description, schema: { type: 'string' }, example };
}
