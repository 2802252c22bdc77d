import type { Middleware } from 'koa';
import { SourceForbiddenError } from '../../domain/errors/index.ts';

/** The name under which the fetcher announces itself to sources, in `Via` (RFC 9110, 7.6.3). */
const OWN_NAME = /(^|[\s,])thumbnailer([\s,]|$)/i;

/** Refuses a request that this service, or another of its kind, sent to fetch a source: it would go round for ever. */
export function loopGuard(): Middleware {
  return async (ctx, next) => {
    if (OWN_NAME.test(ctx.get('Via'))) throw new SourceForbiddenError('the request came from a thumbnailer');
    await next();
  };
}
