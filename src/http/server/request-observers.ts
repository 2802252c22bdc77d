import type { IncomingHttpHeaders } from 'node:http';
import type { ThumbnailResult } from '../../domain/making/thumbnail-service.ts';
import type { ErrorCode } from '../error-responses.ts';

/** A request that is over. Of its fields a client can invent only the host of a source, which is a valid one. */
export interface RequestSummary {
  readonly method: string;
  /** The pattern that matched, or `none`. */
  readonly route: string;
  /** 499 where the client left before its answer. */
  readonly status: number;
  readonly durationMs: number;
  readonly cacheStatus?: ThumbnailResult['cacheStatus'] | undefined;
  readonly sourceHost?: string | undefined;
  /** Of the error that was answered. */
  readonly code?: ErrorCode | undefined;
}

/** Begins the trace of a request. */
export type RequestTracer = (request: {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}) => RequestTrace;

export interface RequestTrace {
  /** For the log. */
  readonly ids: { readonly traceId: string; readonly spanId: string };
  /** Runs the handling, so that the spans of all that it calls belong to this request. */
  readonly run: (handle: () => Promise<void>) => Promise<void>;
  readonly end: (request: RequestSummary) => void;
}
