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
  /** Told what the exporter has to complain about, once a minute at most. */
  readonly onFault: (message: string) => void;
}

export interface Tracing extends AsyncDisposable {
  readonly traceRequest: RequestSpans;
  readonly onOperation: OperationObserver;
}

/** A collector that does not answer may hold up the end of the process for so long. */
const FLUSH_TIMEOUT_MS = 2000;

const MS_BETWEEN_FAULTS = 60_000;

/**
 * Spans of requests and of the work on their behalf, sent to a collector by OTLP over HTTP. Where to, with which headers
 * and how fast, the exporter reads from the standard variables. Disposing of it sends what is left.
 */
export function startTracing({ serviceName, version, sampler, ratio, onFault }: TracingOptions): Tracing {
  reportFaults(onFault);
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
    // Spans that cannot be sent are lost; the exporter has said so.
    await Promise.race([flushed.catch(() => undefined), late.promise]);
  } finally {
    clearTimeout(timer);
  }
}

function reportFaults(onFault: (message: string) => void): void {
  let reportedAtMs = -Infinity;
  const report = (message: string) => {
    const now = performance.now();
    if (now - reportedAtMs < MS_BETWEEN_FAULTS) return;
    reportedAtMs = now;
    onFault(message);
  };
  const ignore = () => undefined;
  diag.setLogger(
    { error: report, warn: report, info: ignore, debug: ignore, verbose: ignore },
    { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true },
  );
}
