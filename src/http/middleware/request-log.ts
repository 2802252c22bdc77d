import type { Middleware } from 'koa';
import type { Timings } from '../../domain/thumbnail-service.ts';
import type { Logger } from '../../logger.ts';
import { toProblem } from '../error-responses.ts';
import type { RequestSummary, RequestTracer } from '../request-observers.ts';
import { ClientLeftError, type RequestState } from '../request-state.ts';

/** What proxies log for a client that left before its answer; never sent. */
const CLIENT_CLOSED_REQUEST = 499;

export interface RequestLogOptions {
  readonly logger: Logger;
  readonly onRequest?: ((request: RequestSummary) => void) | undefined;
  readonly traceRequest?: RequestTracer | undefined;
}

/**
 * One line a request, written when its answer has gone out or its client has left; those who count and trace are told
 * at the same time. It carries the source's host but never an address, whose path and query may hold secrets.
 */
export function requestLog({ logger, onRequest, traceRequest }: RequestLogOptions): Middleware<RequestState> {
  return async (ctx, next) => {
    const trace = traceRequest?.({ method: ctx.method, headers: ctx.headers });
    ctx.res.once('close', () => {
      const { error, requestId, result } = ctx.state;
      const summary = summaryOf(ctx);
      const { cacheStatus: cache, ...rest } = summary;
      const line = {
        requestId,
        ...rest,
        cache,
        tier: result?.tier,
        ...stages(result?.timings),
        ...trace?.ids,
      };
      if (summary.code === 'internal') logger.error({ ...line, err: error }, 'request failed');
      else logger.info(summary.code === undefined ? line : { ...line, reason: reasonOf(error) }, 'request');
      onRequest?.(summary);
      trace?.end(summary);
    });
    await (trace === undefined ? next() : trace.run(next));
  };
}

type Context = Parameters<Middleware<RequestState>>[0];

function summaryOf(ctx: Context): RequestSummary {
  const { error, result, sourceHost, startedAtMs } = ctx.state;
  const left = error instanceof ClientLeftError || !ctx.res.writableFinished;
  return {
    method: ctx.method,
    route: routeOf(ctx),
    status: left ? CLIENT_CLOSED_REQUEST : ctx.status,
    durationMs: rounded(performance.now() - startedAtMs),
    cacheStatus: result?.cacheStatus,
    sourceHost,
    code: error === undefined || left ? undefined : toProblem(error).code,
  };
}

/** How long each stage took; of one that did not take place there is nothing. */
function stages(timings: Timings | undefined): Record<string, number> {
  const taken = Object.entries(timings ?? {}) as [string, number | undefined][];
  return Object.fromEntries(
    taken.flatMap(([name, milliseconds]) =>
      milliseconds === undefined ? [] : [[name, rounded(milliseconds)]],
    ),
  );
}

/** To a tenth. */
function rounded(milliseconds: number): number {
  return Math.round(milliseconds * 10) / 10;
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
