import type { Middleware } from 'koa';
import type { Logger } from '../../logger.ts';
import { toProblem } from '../error-responses.ts';
import { ClientLeftError, type RequestState } from '../request-state.ts';

/** What proxies log for a client that left before its answer; never sent. */
const CLIENT_CLOSED_REQUEST = 499;

/**
 * One line a request, written when its answer has gone out or its client has left. It carries the source's host but
 * never an address, whose path and query may hold secrets.
 */
export function requestLog(logger: Logger): Middleware<RequestState> {
  return async (ctx, next) => {
    ctx.res.once('close', () => {
      const { error, requestId, result, sourceHost, startedAtMs } = ctx.state;
      const left = error instanceof ClientLeftError || !ctx.res.writableFinished;
      const problem = error === undefined || left ? undefined : toProblem(error);
      const line = {
        requestId,
        method: ctx.method,
        route: routeOf(ctx),
        status: left ? CLIENT_CLOSED_REQUEST : ctx.status,
        durationMs: Math.round((performance.now() - startedAtMs) * 10) / 10,
        cache: result?.cacheStatus,
        sourceHost,
        code: problem?.code,
      };
      if (problem?.code === 'internal') logger.error({ ...line, err: error }, 'request failed');
      else logger.info(problem === undefined ? line : { ...line, reason: reasonOf(error) }, 'request');
    });
    await next();
  };
}

/** The pattern that matched, so that lines can be counted by it; a path that nothing matched is the client's to make up. */
function routeOf(ctx: object): string {
  const { _matchedRoute: route } = ctx as { _matchedRoute?: unknown };
  return typeof route === 'string' ? route : 'none';
}

/** What an engineer wants to know of a foreseen fault: the deepest cause that says something. */
function reasonOf(error: unknown): string | undefined {
  let cause = error;
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause;
  return cause instanceof Error ? cause.message : undefined;
}
