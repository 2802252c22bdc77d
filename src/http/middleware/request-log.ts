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
  /** Called with each request, except for health, when it is over. */
  readonly onRequest?: ((request: RequestSummary) => void) | undefined;
}

/**
 * Logs one line per request when its response has gone out or its client has left, and reports it to metrics and traces.
 * The line has the source's host but never an address, whose path and query may hold secrets.
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
 * The log leaves undefined fields out. One literal, because spreading would cost a hit more than all its headers
 * (docs/performance.md).
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
    waitMs: rounded(timings?.waitMs),
    fetchMs: rounded(timings?.fetchMs),
    resizeMs: rounded(timings?.resizeMs),
    traceId: trace?.ids.traceId,
    spanId: trace?.ids.spanId,
  };
}

/** To a tenth; undefined for a stage that did not take place. */
function rounded<T extends number | undefined>(milliseconds: T): T {
  return (milliseconds === undefined ? undefined : Math.round(milliseconds * 10) / 10) as T;
}

/** The pattern that matched, by which lines can be counted: a client can invent any number of paths. */
function routeOf(matched: object): string {
  const { _matchedRoute: route } = matched as { _matchedRoute?: unknown };
  return typeof route === 'string' ? route : 'none';
}

/** What an engineer wants to know about a foreseen error: the message of its deepest cause. */
function reasonOf(error: unknown): string | undefined {
  let cause = error;
  while (cause instanceof Error && cause.cause instanceof Error) cause = cause.cause;
  return cause instanceof Error ? cause.message : undefined;
}
