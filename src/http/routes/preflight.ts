import type { Middleware } from 'koa';
import type { CrossOrigin } from '../cross-origin.ts';

/** Old browsers know no wildcard here, so that the headers which matter are named too. */
const HEADERS = 'Cache-Control, Content-Type, If-None-Match, X-Request-Id, *';

/** Seconds for which a browser need not ask again. */
const MAX_AGE = '86400';

/** What a preflight's answer depends on. */
const VARY = ['Origin', 'Access-Control-Request-Method', 'Access-Control-Request-Headers'];

/**
 * `OPTIONS` before a request of another site's script: whether that may be sent, and with which headers. Any other
 * `OPTIONS` is a method that is not allowed.
 *
 * @param methods of the route
 */
export function preflight(crossOrigin: CrossOrigin, methods: readonly string[]): Middleware {
  return async (ctx, next) => {
    const wanted = ctx.get('Access-Control-Request-Method');
    if (ctx.get('Origin') === '' || wanted === '') {
      await next();
      return;
    }
    ctx.status = 204;
    ctx.vary(VARY);
    const reader = methods.includes(wanted) ? crossOrigin.readerOf(ctx.req, wanted) : undefined;
    if (reader === undefined) return;
    ctx.set({
      'Access-Control-Allow-Origin': reader,
      'Access-Control-Allow-Methods': methods.join(', '),
      'Access-Control-Allow-Headers': HEADERS,
      'Access-Control-Max-Age': MAX_AGE,
    });
  };
}
