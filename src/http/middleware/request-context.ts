import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Middleware } from 'koa';
import type { InFlightResponses } from '../server/in-flight-responses.ts';
import type { RequestTracer } from '../server/request-observers.ts';
import { type ClientOf, clientsBehind } from '../server/clients.ts';
import { RequestState } from '../server/request-state.ts';
import { type RequestLogOptions, requestLog } from './request-log.ts';

export interface RequestContextsOptions extends RequestLogOptions {
  readonly inFlight: InFlightResponses;
  /** Aborts when stopping takes too long; requests in flight are then answered with its reason. */
  readonly shutdownDeadline: AbortSignal;
  readonly traceRequest?: RequestTracer | undefined;
  /** Networks, in CIDR notation, whose X-Forwarded-For is believed. */
  readonly trustedProxies?: readonly string[];
}

/** Makes the context of each request, an id and a start time above all, and has the request logged when it is over. */
export class RequestContexts {
  readonly #options: RequestContextsOptions;
  readonly #clientOf: ClientOf;
  readonly #log: ReturnType<typeof requestLog>;
  readonly #handedOver = new WeakMap<IncomingMessage, RequestState>();

  constructor(options: RequestContextsOptions) {
    this.#options = options;
    this.#clientOf = clientsBehind(options.trustedProxies ?? []);
    this.#log = requestLog(options);
  }

  /** For a request whose head has just arrived. */
  begin(request: IncomingMessage, response: ServerResponse): RequestState {
    const { inFlight, shutdownDeadline, traceRequest } = this.#options;
    const { method = '', headers } = request;
    const state = new RequestState({
      requestId: requestIdOf(headers['x-request-id']),
      trace: traceRequest?.({ method, headers }),
      response,
      shutdownDeadline,
      clientOf: () => this.#clientOf(request),
    });
    inFlight.add(response, () => this.#log(state, request, response));
    return state;
  }

  /** Keeps the context for the handler that takes the request over. */
  handOver(request: IncomingMessage, state: RequestState): void {
    this.#handedOver.set(request, state);
  }

  /** The context that was handed over, or a new one. */
  takeOver(request: IncomingMessage, response: ServerResponse): RequestState {
    return this.#handedOver.get(request) ?? this.begin(request, response);
  }
}

/** Puts the context of the request where the middleware and routes after it find it, and its id into the response. */
export function requestContext(contexts: RequestContexts): Middleware<RequestState> {
  return async (ctx, next) => {
    const state = contexts.takeOver(ctx.req, ctx.res);
    state.matched = ctx;
    ctx.state = state;
    ctx.set('X-Request-Id', state.requestId);
    await (state.trace === undefined || state.isAdmitted ? next() : state.trace.run(next));
  };
}

/** An id from a proxy in front is kept, so that its log and ours can be joined, if it cannot harm a log line. */
const SAFE_ID = /^[\w.:=-]{1,128}$/;

function requestIdOf(offered: string | string[] | undefined): string {
  return typeof offered === 'string' && SAFE_ID.test(offered) ? offered : randomUUID();
}
