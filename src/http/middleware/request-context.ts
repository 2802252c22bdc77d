import { randomUUID } from 'node:crypto';
import type { Middleware } from 'koa';
import { ClientLeftError, type RequestState } from '../request-state.ts';

/** An id from a proxy in front is kept, so that its log and ours can be joined, if it cannot harm a log line. */
const SAFE_ID = /^[\w.:=-]{1,128}$/;

/** Gives each request an id, a start time, and a signal that aborts when its client leaves. */
export function requestContext(): Middleware<RequestState> {
  return async (ctx, next) => {
    const offered = ctx.get('x-request-id');
    ctx.state.requestId = SAFE_ID.test(offered) ? offered : randomUUID();
    ctx.state.startedAtMs = performance.now();
    ctx.set('X-Request-Id', ctx.state.requestId);

    const client = new AbortController();
    ctx.state.signal = client.signal;
    const leave = () => {
      if (!ctx.res.writableFinished) client.abort(new ClientLeftError('the client closed the connection'));
    };
    ctx.res.once('close', leave);
    await next();
  };
}
