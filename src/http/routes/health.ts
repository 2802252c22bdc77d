import type { Middleware } from 'koa';
import type { InFlightResponses } from '../server/in-flight-responses.ts';
import type { Site } from '../site.ts';

export interface HealthOptions {
  /** False from the moment the process is asked to stop. */
  readonly isReady: () => boolean;
  readonly inFlight: InFlightResponses;
  readonly site: Pick<Site, 'basePath'>;
}

/**
 * Asked by a load balancer, by the task's address: before the host is looked at, and without a line in the log. At the
 * root too where there is a prefix, so that probes need not know it.
 */
export function health({ isReady, inFlight, site: { basePath } }: HealthOptions): Middleware {
  const live = new Set(['/healthz', `${basePath}/healthz`]);
  const ready = new Set(['/readyz', `${basePath}/readyz`]);
  return async (ctx, next) => {
    const isLiveness = live.has(ctx.path);
    if (!isLiveness && !ready.has(ctx.path)) {
      await next();
      return;
    }
    inFlight.add(ctx.res);
    const well = isLiveness || isReady();
    ctx.status = well ? 200 : 503;
    ctx.set('Cache-Control', 'no-store');
    ctx.body = well ? 'ok\n' : 'stopping\n';
  };
}
