import type { Middleware } from 'koa';

/** Asked by a load balancer, by the task's address: before the host is looked at, and without a line in the log. */
export function health(isReady: () => boolean): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== '/healthz' && ctx.path !== '/readyz') {
      await next();
      return;
    }
    const well = ctx.path === '/healthz' || isReady();
    ctx.status = well ? 200 : 503;
    ctx.set('Cache-Control', 'no-store');
    ctx.body = well ? 'ok\n' : 'stopping\n';
  };
}
