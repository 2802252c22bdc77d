import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Middleware } from 'koa';
import type { RequestTracer } from '../server/request-observers.ts';
import { RequestState } from '../server/request-state.ts';
import { type RequestLogOptions, requestLog } from './request-log.ts';

export interface ReceptionOptions extends RequestLogOptions {
  /** Aborts when stopping takes too long; what is under way is then answered with the reason. */
  readonly cutShort: AbortSignal;
  readonly traceRequest?: RequestTracer | undefined;
}

/** Takes requests in, with an id and a start time each, and has them logged when they are over. */
export class Reception {
  readonly #options: ReceptionOptions;
  readonly #log: ReturnType<typeof requestLog>;
  readonly #handedOver = new WeakMap<IncomingMessage, RequestState>();

  constructor(options: ReceptionOptions) {
    this.#options = options;
    this.#log = requestLog(options);
  }

  /** For a request whose head has just come. */
  begin(request: IncomingMessage, response: ServerResponse): RequestState {
    const { cutShort, traceRequest } = this.#options;
    const { method = '', headers } = request;
    const state = new RequestState({
      requestId: requestIdOf(headers['x-request-id']),
      trace: traceRequest?.({ method, headers }),
      response,
      cutShort,
    });
    response.on('close', () => this.#log(state, request, response));
    return state;
  }

  /** Whoever handles the request next goes on with what is known of it. */
  handOver(request: IncomingMessage, state: RequestState): void {
    this.#handedOver.set(request, state);
  }

  /** What was handed over of this request; one that was not begins here. */
  takeOver(request: IncomingMessage, response: ServerResponse): RequestState {
    return this.#handedOver.get(request) ?? this.begin(request, response);
  }
}

/** Lets everything that follows know of the request what is known, its id above all. */
export function requestContext(reception: Reception): Middleware<RequestState> {
  return async (ctx, next) => {
    const state = reception.takeOver(ctx.req, ctx.res);
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
