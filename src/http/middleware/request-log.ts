import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Timings } from '../../domain/making/thumbnail-service.ts';
import type { Logger } from '../../telemetry/logger.ts';
import { toProblem } from '../error-responses.ts';
import type { RequestSummary } from '../server/request-observers.ts';
import { ClientLeftError, type RequestState } from '../server/request-state.ts';

/** What proxies log for a client that left before its answer; never sent. */
const CLIENT_CLOSED_REQUEST = 499;

export interface RequestLogOptions {
  readonly logger: Logger;
  /** Told of each request, except for health, when it is over. */
  readonly onRequest?: ((request: RequestSummary) => void) | undefined;
}

/**
 * One line a request, written when its answer has gone out or its client has left; those who count and trace are told
 * at the same time. It carries the source's host but never an address, whose path and query may hold secrets.
 */
export function requestLog({ logger, onRequest }: RequestLogOptions) {
  return (state: RequestState, request: IncomingMessage, response: ServerResponse): void => {
    const { error, trace } = state;
    const summary = summaryOf(state, request, response);
    const line = lineOf(state, summary);
    if (summary.code === undefined) logger.info(line, 'request');
    else if (summary.code !== 'internal') logger.info({ ...line, reason: reasonOf(error) }, 'request');
    else logger.error({ ...line, err: error }, 'request failed');
    onRequest?.(summary);
    trace?.end(summary);
  };
}

function summaryOf(
  { error, matched, result, route, sourceHost, startedAtMs }: RequestState,
  { method = '' }: IncomingMessage,
  response: ServerResponse,
): RequestSummary {
  const left = error instanceof ClientLeftError || !response.writableFinished;
  return {
    method,
    route: route ?? routeOf(matched),
    status: left ? CLIENT_CLOSED_REQUEST : response.statusCode,
    durationMs: rounded(performance.now() - startedAtMs),
    cacheStatus: result?.cacheStatus,
    sourceHost,
    code: error === undefined || left ? undefined : toProblem(error).code,
  };
}

/**
 * What is undefined in it is left out of the log. Written out as one literal: put together by spreading, it costs a hit
 * more than all its headers.
 */
function lineOf({ requestId, result, trace }: RequestState, summary: RequestSummary) {
  const { method, route, status, durationMs, sourceHost, code, cacheStatus } = summary;
  const timings: Partial<Timings> | undefined = result?.timings;
  return {
    requestId,
    method,
    route,
    status,
    durationMs,
    sourceHost,
    code,
    cache: cacheStatus,
    tier: result?.tier,
    cacheMs: rounded(timings?.cacheMs),
    fetchMs: rounded(timings?.fetchMs),
    resizeMs: rounded(timings?.resizeMs),
    traceId: trace?.ids.traceId,
    spanId: trace?.ids.spanId,
  };
}

/** To a tenth; of a stage that did not take place there is nothing. */
function rounded<T extends number | undefined>(milliseconds: T): T {
  return (milliseconds === undefined ? undefined : Math.round(milliseconds * 10) / 10) as T;
}

/** The pattern that matched, so that lines can be counted by it; a path that nothing matched is the client's to make up. */
function routeOf(matched: object): string {
  const { _matchedRoute: route } = matched as { _matchedRoute?: unknown };
  return typeof route === 'string' ? route : 'none';
}

/** What an engineer wants to know of a foreseen fault: the deepest cause that says something. */
function reasonOf(error: unknown): string | undefined {
  let cause = error;
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause;
  return cause instanceof Error ? cause.message : undefined;
}
