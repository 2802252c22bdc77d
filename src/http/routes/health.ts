import type { Middleware } from 'koa';
import type { InFlightResponses } from '../server/in-flight-responses.ts';

export interface HealthOptions {
  /** False from the moment the process is asked to stop. */
  readonly isReady: () => boolean;
  readonly inFlight: InFlightResponses;
}

/** Asked by a load balancer, by the task's address: before the host is looked at, and without a line in the log. */
export function health({ isReady, inFlight }: HealthOptions): Middleware {
  return async (ctx, next) => {
    if (ctx.path !== '/healthz' && ctx.path !== '/readyz') {
      await next();
      return;
    }
    inFlight.add(ctx.res);
    const well = ctx.path === '/healthz' || isReady();
    ctx.status = well ? 200 : 503;
    ctx.set('Cache-Control', 'no-store');
    ctx.body = well ? 'ok\n' : 'stopping\n';
  };
}
