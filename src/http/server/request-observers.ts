import type { IncomingHttpHeaders } from 'node:http';
import type { ThumbnailResult } from '../../domain/making/thumbnail-service.ts';
import type { ErrorCode } from '../error-responses.ts';

/** A request that is over. Nothing in it is the client's to make up but the host of a source, which is a valid one. */
export interface RequestSummary {
  readonly method: string;
  /** The pattern that matched, `none` where none did. */
  readonly route: string;
  /** 499 where the client left before its answer. */
  readonly status: number;
  readonly durationMs: number;
  readonly cacheStatus?: ThumbnailResult['cacheStatus'] | undefined;
  readonly sourceHost?: string | undefined;
  /** Of the fault that was answered. */
  readonly code?: ErrorCode | undefined;
}

/** Begins the trace of a request. */
export type RequestTracer = (request: {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}) => RequestTrace;

export interface RequestTrace {
  /** What the log names the trace by. */
  readonly ids: { readonly traceId: string; readonly spanId: string };
  /** Runs the handling; whatever that calls is then known to belong to this request. */
  readonly run: (handle: () => Promise<void>) => Promise<void>;
  readonly end: (request: RequestSummary) => void;
}
