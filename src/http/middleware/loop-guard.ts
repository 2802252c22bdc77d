import type { IncomingMessage } from 'node:http';
import type { Middleware } from 'koa';
import { SourceForbiddenError } from '../../domain/errors/index.ts';
import type { RequestState } from '../server/request-state.ts';

/** The name under which the fetcher announces itself to sources, in `Via` (RFC 9110, 7.6.3). */
const OWN_NAME = /(^|[\s,])thumbnailer([\s,]|$)/i;

/**
 * Refuses a request that this service, or another of its kind, sent to fetch a source: it would go round for ever. Files
 * fetch nothing, so they may be sources.
 */
export function loopGuard(files: readonly string[]): Middleware<RequestState> {
  return async (ctx, next) => {
    if (!ctx.state.isAdmitted && isOwnRequest(ctx.req) && !files.includes(ctx.path))
      throw new SourceForbiddenError('the request came from a thumbnailer');
    await next();
  };
}

/** Whether a request was sent by this service, or another of its kind. */
export function isOwnRequest({ headers: { via } }: IncomingMessage): boolean {
  return via !== undefined && OWN_NAME.test(via);
}
