import type { ThumbnailResult } from '../domain/thumbnail-service.ts';

/** What the middleware and the routes know of one request; Koa's `ctx.state`. */
export interface RequestState {
  requestId: string;
  /** `performance.now()` at the arrival of its head. */
  startedAtMs: number;
  /** Aborts when the client has left before its answer was complete. */
  signal: AbortSignal;
  /** Host of the source, for the log. */
  sourceHost?: string;
  /** What the service answered with, for the log. */
  result?: ThumbnailResult;
  /** What went wrong, for the log. */
  error?: unknown;
}

/** The reason of `RequestState.signal`. */
export class ClientLeftError extends Error {
  override readonly name = 'ClientLeftError';
}
