import type { Middleware } from 'koa';
import { HttpFault } from '../error-responses.ts';
import type { RequestState } from '../server/request-state.ts';

/**
 * Takes the prefix off each path, so that nothing after it knows of one: not the routes, nor the log. Beyond the prefix
 * there is nothing.
 *
 * @param basePath as `/img`, or empty
 */
export function withoutBasePath(basePath: string): Middleware<RequestState> {
  return async (ctx, next) => {
    if (ctx.path === basePath && basePath !== '') {
      ctx.status = 308;
      ctx.redirect(`${basePath}/${ctx.search}`);
      return;
    }
    if (!ctx.path.startsWith(`${basePath}/`)) {
      throw new HttpFault(
        'not-found',
        `This service is at ${basePath}/. Use an address that starts with that.`,
      );
    }
    ctx.path = ctx.path.slice(basePath.length);
    await next();
  };
}
