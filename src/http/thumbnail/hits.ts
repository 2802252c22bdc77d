import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import { asBuffer } from '../../domain/image/bytes.ts';
import { MEDIA_TYPES } from '../../domain/image/formats.ts';
import type { HostPattern } from '../../domain/access/host-pattern.ts';
import type { ThumbnailResult, ThumbnailService } from '../../domain/making/thumbnail-service.ts';
import { matchesEtag } from './etag.ts';
import { isForAllowedHost } from '../middleware/allowed-hosts.ts';
import { isOwnRequest } from '../middleware/loop-guard.ts';
import type { Reception } from '../middleware/request-context.ts';
import { SECURITY_HEADERS } from '../middleware/security-headers.ts';
import { RecentQueries } from './recent-queries.ts';
import type { RequestState } from '../server/request-state.ts';
import { THUMBNAIL_HEADERS, headersOf } from './thumbnail-answer.ts';
import { type ThumbnailQuery, parseThumbnailQuery } from './thumbnail-query.ts';

export interface HitsOptions {
  readonly service: ThumbnailService;
  readonly allowedHosts: readonly HostPattern[];
  /** Sizes in pixels, for messages. */
  readonly sizes: readonly number[];
  readonly reception: Reception;
}

const ROUTE = '/thumbnail';
const TARGET_START = `${ROUTE}?`;

/** In anything else the application's own parser may see another query. */
const PLAIN_TARGET = /^[!"$-~]*$/;

/** What the application's router would say. */
const MATCHED = { _matchedRoute: ROUTE };

/** One flat list, which Node takes too: an object of as many headers costs more to put together than to send. */
const FIXED_HEADERS = Object.entries({ ...SECURITY_HEADERS, ...THUMBNAIL_HEADERS }).flat();

/**
 * Answers `GET` and `HEAD /thumbnail` where the cache has a fresh thumbnail, with the same headers as the application
 * and in a fraction of its time. Everything else is the application's, which goes on from what is known by then; faults
 * are answered there alone.
 */
export function hitsFirst(options: HitsOptions, application: RequestListener): RequestListener {
  const { reception, service, sizes } = options;
  const queries = new RecentQueries();

  /** Most hits, in four fifths of the time of the others: the rest is that of their promises. */
  const answerAtHand = (request: IncomingMessage, response: ServerResponse, state: RequestState) => {
    try {
      const result = state.query && service.hitAtHand(state.query.request);
      if (result !== undefined) answer(request, response, state, result);
    } catch {
      // The longer way comes upon it too, and answers.
    }
  };

  const answerHit = async (request: IncomingMessage, response: ServerResponse, state: RequestState) => {
    const isKnown = state.query !== undefined;
    const query = (state.query ??= parse(request, sizes));
    if (query === undefined) return;
    state.lookUp = service.lookUp(query.request);
    const result = service.hitIn(await state.lookUp);
    if (result === undefined) return;
    // Only what was found, lest anyone could push the others out; and nothing whose signature is to be verified.
    if (!isKnown && query.request.signature === undefined) queries.add(addressOf(request), query);
    answer(request, response, state, result);
  };

  return (request, response) => {
    if (!mayBeHit(request, options)) {
      application(request, response);
      return;
    }
    const state = reception.begin(request, response);
    state.matched = MATCHED;
    state.query = queries.get(addressOf(request));
    if (state.trace === undefined) answerAtHand(request, response, state);
    if (state.result !== undefined) return;
    const handOn = () => {
      if (state.result !== undefined) return;
      reception.handOver(request, state);
      application(request, response);
    };
    // What it rejects with the application comes upon too, and answers.
    const handle = () => answerHit(request, response, state).then(handOn, handOn);
    void (state.trace === undefined ? handle() : state.trace.run(handle));
  };
}

/** What the query of a request without a signature is made of; only a signed one may ask for a thumbnail to be made anew. */
function addressOf({ url, headers }: IncomingMessage): string {
  return `${url} ${headers.accept ?? ''}`;
}

function mayBeHit(request: IncomingMessage, { allowedHosts }: HitsOptions): boolean {
  const { method, url = '' } = request;
  return (
    (method === 'GET' || method === 'HEAD') &&
    url.startsWith(TARGET_START) &&
    isForAllowedHost(request, allowedHosts) &&
    !isOwnRequest(request)
  );
}

function parse({ headers, url = '' }: IncomingMessage, sizes: readonly number[]): ThumbnailQuery | undefined {
  if (!PLAIN_TARGET.test(url)) return undefined;
  const { accept = '', 'cache-control': cacheControl = '' } = headers;
  return parseThumbnailQuery(
    new URLSearchParams(url.slice(TARGET_START.length)),
    { accept, cacheControl },
    sizes,
  );
}

function answer(
  { headers, method }: IncomingMessage,
  response: ServerResponse,
  state: RequestState,
  result: ThumbnailResult,
): void {
  const { query, requestId, startedAtMs } = state;
  const { bytes, format } = result.entry.thumbnail;
  const list = [...FIXED_HEADERS, 'X-Request-Id', requestId];
  const own: Readonly<Record<string, string>> = headersOf(result, startedAtMs);
  for (const name in own) list.push(name, own[name] ?? '');
  if (query?.negotiated === true) list.push('Vary', 'Accept');
  if (matchesEtag(headers['if-none-match'] ?? '', result.entry.etag)) {
    response.writeHead(304, list).end();
  } else {
    list.push('Content-Type', MEDIA_TYPES[format], 'Content-Length', String(bytes.length));
    response.writeHead(200, list);
    if (method === 'HEAD') response.end();
    else response.end(asBuffer(bytes));
  }
  state.sourceHost = query?.request.source.host;
  state.result = result;
}
