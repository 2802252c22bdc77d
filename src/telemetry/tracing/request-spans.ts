import type { IncomingHttpHeaders } from 'node:http';
import {
  ROOT_CONTEXT,
  type Span,
  SpanKind,
  SpanStatusCode,
  type TextMapGetter,
  type Tracer,
  context,
  trace,
} from '@opentelemetry/api';
import { W3CTraceContextPropagator } from '@opentelemetry/core';

/** What the span says about a request that is over. */
interface FinishedRequest {
  readonly route: string;
  readonly status: number;
  readonly code?: string | undefined;
  readonly cacheStatus?: string | undefined;
  readonly sourceHost?: string | undefined;
}

interface RequestSpan {
  readonly ids: { readonly traceId: string; readonly spanId: string };
  readonly run: (handle: () => Promise<void>) => Promise<void>;
  readonly end: (request: FinishedRequest) => void;
}

export type RequestSpans = (request: {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
}) => RequestSpan;

const propagator = new W3CTraceContextPropagator();

const HEADERS: TextMapGetter<IncomingHttpHeaders> = {
  keys: (headers) => Object.keys(headers),
  get: (headers, name) => headers[name],
};

/** A span for each request, which continues the trace that its `traceparent` names. */
export function requestSpans(tracer: Tracer): RequestSpans {
  return ({ method, headers }) => {
    const parent = propagator.extract(ROOT_CONTEXT, headers, HEADERS);
    const span = tracer.startSpan(
      method,
      { kind: SpanKind.SERVER, attributes: { 'http.request.method': method } },
      parent,
    );
    const { traceId, spanId } = span.spanContext();
    const own = trace.setSpan(parent, span);
    return {
      ids: { traceId, spanId },
      run: (handle) => context.with(own, handle),
      end: (request) => end(span, method, request),
    };
  };
}

/** The path and the query are left out: they hold addresses, whose own paths and queries may hold secrets. */
function end(
  span: Span,
  method: string,
  { route, status, code, cacheStatus, sourceHost }: FinishedRequest,
): void {
  if (route !== 'none') span.updateName(`${method} ${route}`).setAttribute('http.route', route);
  span.setAttribute('http.response.status_code', status);
  if (cacheStatus !== undefined) span.setAttribute('thumbnailer.cache', cacheStatus);
  if (sourceHost !== undefined) span.setAttribute('thumbnailer.source.host', sourceHost);
  if (code !== undefined) span.setAttribute('error.type', code);
  // By OpenTelemetry's conventions a client's error is no error of the server.
  if (status >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
  span.end();
}
