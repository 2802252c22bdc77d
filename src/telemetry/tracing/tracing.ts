import { DiagLogLevel, context, diag } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { loggingErrorHandler, setGlobalErrorHandler } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
} from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { OperationObserver } from '../../ports/operation-observer.ts';
import { type RequestSpans, requestSpans } from './request-spans.ts';
import { operationSpans } from './operation-spans.ts';
import { type SamplerName, createSampler } from './samplers.ts';

export interface TracingOptions {
  readonly serviceName: string;
  readonly version: string;
  readonly sampler: SamplerName;
  /** From 0 to 1. */
  readonly ratio: number;
  /** Called with an error or warning of the exporter, once a minute at most. */
  readonly onExportError: (message: string) => void;
}

export interface Tracing extends AsyncDisposable {
  readonly traceRequest: RequestSpans;
  readonly onOperation: OperationObserver;
}

/** A collector that does not answer may hold up the end of the process for so long. */
const FLUSH_TIMEOUT_MS = 2000;

const MS_BETWEEN_REPORTS = 60_000;

/**
 * Sends spans of requests and of their work to a collector by OTLP over HTTP. The exporter reads address, headers and
 * timeouts from the standard variables. Disposing of it sends the spans that are left.
 */
export function startTracing({
  serviceName,
  version,
  sampler,
  ratio,
  onExportError,
}: TracingOptions): Tracing {
  const report = reportExportErrors(onExportError);
  context.setGlobalContextManager(new AsyncLocalStorageContextManager());
  const provider = new TracerProvider({
    resource: defaultResource()
      .merge(resourceFromAttributes({ 'service.version': version, 'process.pid': process.pid }))
      .merge(detectResources({ detectors: [resourceAttributesEnvDetector] }))
      .merge(resourceFromAttributes({ 'service.name': serviceName })),
    sampler: createSampler(sampler, ratio),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
  });
  const tracer = provider.getTracer('thumbnailer', version);
  return {
    traceRequest: requestSpans(tracer),
    onOperation: operationSpans(tracer),
    [Symbol.asyncDispose]: async () => {
      await withinFlushTimeout(provider.shutdown().catch(report));
      context.disable();
      diag.disable();
      setGlobalErrorHandler(loggingErrorHandler());
    },
  };
}

async function withinFlushTimeout(flushed: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), FLUSH_TIMEOUT_MS);
  try {
    await Promise.race([flushed, late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

/** Enough for a sentence: a collector, or a proxy before it, may answer with a page of text. */
const LONGEST_REPORT = 300;

/** Has the exporter report here, and returns what is to be called with an error that it does not report itself. */
function reportExportErrors(onExportError: (message: string) => void): (error: unknown) => void {
  let reportedAtMs = -Infinity;
  const report = (message: string, ...details: unknown[]) => {
    const now = performance.now();
    if (now - reportedAtMs < MS_BETWEEN_REPORTS) return;
    reportedAtMs = now;
    onExportError([message, ...details].join(' ').slice(0, LONGEST_REPORT));
  };
  const ignore = () => undefined;
  diag.setLogger(
    { error: report, warn: report, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
  // The library's own handler writes the whole error as JSON: its stack, and all that the collector has answered.
  const reportError = (error: unknown) => report(reasonOf(error));
  setGlobalErrorHandler(reportError);
  return reportError;
}

/** `Internal Server Error (500)`, `connect ECONNREFUSED 127.0.0.1:4318`: in one sentence, what an operator can act on. */
function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  // An error of several addresses has no message, but a code.
  const { name, message, code = '' } = error as Error & { readonly code?: string | number };
  const said = message === '' ? name : message;
  return said.includes(String(code)) ? said : `${said} (${code})`;
}
