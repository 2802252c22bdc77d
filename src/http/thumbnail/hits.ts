import type { IncomingMessage, RequestListener } from 'node:http';
import type { HostPattern } from '../../domain/access/host-pattern.ts';
import type { Prepared, ThumbnailService } from '../../domain/making/thumbnail-service.ts';
import type { OptionLimits } from '../../domain/request/option.ts';
import { isForAllowedHost } from '../middleware/allowed-hosts.ts';
import { isOwnRequest } from '../middleware/loop-guard.ts';
import type { RequestContexts } from '../middleware/request-context.ts';
import { RecentlyUsed } from '../recently-used.ts';
import type { Site } from '../site.ts';
import type { SendAnswer } from './send-answer.ts';
import { thumbnailBody } from './thumbnail-body.ts';
import { type ThumbnailQuery, parseThumbnailQuery } from './thumbnail-query.ts';

export interface HitsOptions {
  readonly service: ThumbnailService;
  readonly allowedHosts: readonly HostPattern[];
  /** What may be asked for. */
  readonly limits: OptionLimits;
  readonly contexts: RequestContexts;
  readonly site: Pick<Site, 'basePath'>;
  readonly sendAnswer: SendAnswer;
}

const ROUTE = '/thumbnail';

/** Of each half of those that are kept parsed. */
const MAX_QUERIES = 1000;
/** Characters of an address; with one of that length a query takes some 3 KB, so that all of them take 6 MB at most. */
const MAX_ADDRESS_LENGTH = 1000;

/** A request target in absolute form (RFC 9112, 3.2.2), as far as its path. */
const ORIGIN_OF_TARGET = /^[a-z][a-z0-9+.-]*:\/\/[^/?#]*/i;

/**
 * `GET` and `HEAD /thumbnail`, up to the answer of a hit, in a fraction of the time that the application's middleware
 * takes. What is no hit the application goes on with, from what is known by then: nothing is parsed, checked or looked up
 * twice. Errors are answered there alone.
 */
export function hitsFirst(options: HitsOptions, application: RequestListener): RequestListener {
  const { sendAnswer, contexts, service } = options;
  const parse = queryParser(options);
  const target = `${options.site.basePath}${ROUTE}`;

  return (request, response) => {
    if (!isFor(target, request) || !isAdmitted(request, options)) {
      application(request, response);
      return;
    }
    const state = contexts.begin(request, response);
    state.route = ROUTE;
    state.isAdmitted = true;
    const goOn = () => {
      contexts.handOver(request, state);
      application(request, response);
    };
    const refuse = (error: unknown) => {
      state.refusal = error;
      goOn();
    };
    /** @throws ThumbnailerError where the cache has an error */
    const answer = (query: ThumbnailQuery, prepared: Prepared) => {
      const result = service.hit(prepared);
      if (result !== undefined) {
        const { negotiated, disposition } = query;
        const body = thumbnailBody(result, disposition);
        sendAnswer(request, response, { state, result, body, negotiated });
        return;
      }
      state.prepared = prepared;
      goOn();
    };
    const handle = () => {
      try {
        const query = parse(request);
        state.query = query;
        state.signature = query.terms.signature;
        state.sourceHost = query.sourceHost;
        const prepared = service.prepare(query.request, query.terms);
        if (prepared instanceof Promise) return prepared.then((late) => answer(query, late)).catch(refuse);
        answer(query, prepared);
      } catch (error) {
        refuse(error);
      }
      return undefined;
    };
    if (state.trace === undefined) void handle();
    else void state.trace.run(async () => handle());
  };
}

/** Parses queries, and keeps the last ones: what is asked for often is parsed, and its key computed, once. */
function queryParser({ limits, service }: HitsOptions): (request: IncomingMessage) => ThumbnailQuery {
  const recent = new RecentlyUsed<ThumbnailQuery>({
    maxWeight: MAX_QUERIES,
    maxKeyLength: MAX_ADDRESS_LENGTH,
  });
  return ({ url = '', headers }) => {
    const { accept = '', 'cache-control': cacheControl = '' } = headers;
    // Of the headers, Cache-Control counts too, but for signed requests alone.
    const address = `${url} ${accept}`;
    const known = recent.get(address);
    if (known !== undefined) return known;
    const query = parseThumbnailQuery(queryOf(url), { accept, cacheControl }, limits, (request) =>
      service.keysOf(request),
    );
    if (query.terms.signature === undefined) recent.add(address, query);
    return query;
  };
}

function isFor(target: string, { method, url = '' }: IncomingMessage): boolean {
  if (method !== 'GET' && method !== 'HEAD') return false;
  const path = url.startsWith('/') ? url : url.replace(ORIGIN_OF_TARGET, '');
  if (!path.startsWith(target)) return false;
  const next = path[target.length];
  return next === undefined || next === '?' || next === '#';
}

function queryOf(url: string): URLSearchParams {
  const [withoutFragment = ''] = url.split('#', 1);
  const at = withoutFragment.indexOf('?');
  return new URLSearchParams(at === -1 ? '' : withoutFragment.slice(at + 1));
}

function isAdmitted(request: IncomingMessage, { allowedHosts }: HitsOptions): boolean {
  return isForAllowedHost(request, allowedHosts) && !isOwnRequest(request);
}
