import { randomUUID } from 'node:crypto';
import type { Middleware } from 'koa';
import { ClientLeftError, type RequestState } from '../request-state.ts';

/** An id from a proxy in front is kept, so that its log and ours can be joined, if it cannot harm a log line. */
const SAFE_ID = /^[\w.:=-]{1,128}$/;

/**
 * Gives each request an id, a start time, and a signal that aborts when its client leaves, or when `cutShort` aborts,
 * with that one's reason.
 */
export function requestContext(cutShort: AbortSignal): Middleware<RequestState> {
  const underWay = new Set<AbortController>();
  cutShort.addEventListener('abort', () => {
    for (const request of underWay) request.abort(cutShort.reason);
  });

  return async (ctx, next) => {
    const offered = ctx.get('x-request-id');
    ctx.state.requestId = SAFE_ID.test(offered) ? offered : randomUUID();
    ctx.state.startedAtMs = performance.now();
    ctx.set('X-Request-Id', ctx.state.requestId);

    const client = new AbortController();
    ctx.state.signal = client.signal;
    underWay.add(client);
    ctx.res.once('close', () => {
      underWay.delete(client);
      if (!ctx.res.writableFinished) client.abort(new ClientLeftError('the client closed the connection'));
    });
    if (cutShort.aborted) client.abort(cutShort.reason);
    await next();
  };
}
