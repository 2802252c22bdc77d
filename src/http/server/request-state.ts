import type { ServerResponse } from 'node:http';
import type { Middleware } from 'koa';
import { type Caller, Requester } from '../../domain/work/requester.ts';
import type { PresentedSignature } from '../../domain/access/signature.ts';
import type { MadeResult, Prepared } from '../../domain/making/thumbnail-service.ts';
import type { RequestTrace } from './request-observers.ts';
import type { ThumbnailQuery } from '../thumbnail/thumbnail-query.ts';

/** What the middleware and the routes know of one request, from its arrival to its end; Koa's `ctx.state`. */
export class RequestState implements Caller {
  readonly requestId: string;
  /** `performance.now()` at the arrival of its head. */
  readonly startedAtMs = performance.now();
  /** Where requests are traced. */
  readonly trace: RequestTrace | undefined;
  /** Where the router leaves the pattern that matched, as `_matchedRoute`. */
  matched: object = {};
  /** Host of the source, for the log. */
  sourceHost?: string | undefined;
  /** What the service answered with, for the log. */
  result?: MadeResult | undefined;
  /** What went wrong, for the log. */
  error?: unknown;
  /** The route, where it was known before the router was asked. */
  route?: string;
  /** Whether the request's host and sender were found allowed already. */
  isAdmitted = false;
  /** What was asked for. */
  query?: ThumbnailQuery;
  /** As it was presented, where the request has one. */
  signature?: PresentedSignature | undefined;
  /** The thumbnail that was asked for, which the cache does not have fresh. */
  prepared?: Prepared;
  /** Why the thumbnail that was asked for is not to be had. */
  refusal?: unknown;
  readonly #response: ServerResponse;
  readonly #shutdownDeadline: AbortSignal;
  readonly #clientOf: () => string;
  #requester: Requester | undefined;
  #client: AbortController | undefined;

  /** @param shutdownDeadline ends the work on all requests, with its reason */
  constructor({ requestId, trace, response, shutdownDeadline, clientOf }: RequestStateOptions) {
    this.requestId = requestId;
    this.trace = trace;
    this.#response = response;
    this.#shutdownDeadline = shutdownDeadline;
    this.#clientOf = clientOf;
  }

  /** For whom the work of this request is done. Made on first use: a hit waits in no queue. */
  get requester(): Requester {
    this.#requester ??= new Requester(this.#clientOf());
    return this.#requester;
  }

  /**
   * Aborts when the client leaves before its response is complete, or at the shutdown deadline. Made on first use: a hit
   * has nothing to end.
   */
  get signal(): AbortSignal {
    this.#client ??= this.#watchClient();
    return this.#client.signal;
  }

  #watchClient(): AbortController {
    const client = new AbortController();
    const response = this.#response;
    const shutdownDeadline = this.#shutdownDeadline;
    const onDeadline = () => client.abort(shutdownDeadline.reason);
    const onClose = () => {
      shutdownDeadline.removeEventListener('abort', onDeadline);
      if (!response.writableFinished) client.abort(new ClientLeftError('the client closed the connection'));
    };
    shutdownDeadline.addEventListener('abort', onDeadline);
    if (response.closed) onClose();
    else response.once('close', onClose);
    if (shutdownDeadline.aborted) onDeadline();
    return client;
  }
}

/** Koa's `ctx`, with what is known of the request. */
export type RequestContext = Parameters<Middleware<RequestState>>[0];

interface RequestStateOptions {
  readonly requestId: string;
  readonly trace: RequestTrace | undefined;
  readonly response: ServerResponse;
  readonly shutdownDeadline: AbortSignal;
  /** The client's key; see `clientsBehind`. */
  readonly clientOf: () => string;
}

/** The reason of `RequestState.signal`. */
export class ClientLeftError extends Error {
  override readonly name = 'ClientLeftError';
}
