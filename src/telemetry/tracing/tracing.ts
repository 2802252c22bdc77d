import { DiagLogLevel, context, diag } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
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
  reportExportErrors(onExportError);
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
      await withinFlushTimeout(provider.shutdown());
      context.disable();
      diag.disable();
    },
  };
}

async function withinFlushTimeout(flushed: Promise<void>): Promise<void> {
  const late = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => late.resolve(undefined), FLUSH_TIMEOUT_MS);
  try {
    // Spans that cannot be sent are lost; the exporter has reported it.
    await Promise.race([flushed.catch(() => undefined), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function reportExportErrors(onExportError: (message: string) => void): void {
  let reportedAtMs = -Infinity;
  const report = (message: string) => {
    const now = performance.now();
    if (now - reportedAtMs < MS_BETWEEN_REPORTS) return;
    reportedAtMs = now;
    onExportError(message);
  };
  const ignore = () => undefined;
  diag.setLogger(
    { error: report, warn: report, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
}
