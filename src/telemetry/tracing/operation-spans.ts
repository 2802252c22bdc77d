import {
  type Attributes,
  type Context,
  SpanKind,
  SpanStatusCode,
  type Tracer,
  context,
} from '@opentelemetry/api';
import { ThumbnailerError } from '../../domain/errors/index.ts';
import type { Operation, OperationObserver, Outcome } from '../../ports/operation-observer.ts';

/** Operations that call no other server: decoders are our own. */
const OWN_WORK: ReadonlySet<Operation['name']> = new Set(['reduce', 'resize', 'wait']);

/** A shorter wait gets no span. */
const SHORTEST_WAIT_MS = 1;

/**
 * A span for each operation, under the span of the request that it began in. Work that several requests wait for is in
 * the trace of the first. No context is passed on to sources, which should not learn who asks for a thumbnail.
 */
export function operationSpans(tracer: Tracer): OperationObserver {
  return (operation) => {
    const parent = context.active();
    if (operation.name !== 'wait') return begin(tracer, operation, parent);
    const startedAt = Date.now();
    return (outcome) => {
      if (Date.now() - startedAt >= SHORTEST_WAIT_MS) begin(tracer, operation, parent, startedAt)(outcome);
    };
  };
}

/** @param startTime Unix milliseconds, where the operation began earlier */
function begin(
  tracer: Tracer,
  operation: Operation,
  parent: Context,
  startTime?: number,
): (outcome: Outcome) => void {
  const kind = OWN_WORK.has(operation.name) ? SpanKind.INTERNAL : SpanKind.CLIENT;
  const options = {
    kind,
    attributes: attributesOf(operation),
    ...(startTime !== undefined && { startTime }),
  };
  const span = tracer.startSpan(operation.name, options, parent);
  return ({ result, error }) => {
    if (result !== undefined) span.setAttribute('thumbnailer.result', result);
    if (error !== undefined) {
      span.setStatus({ code: SpanStatusCode.ERROR }).setAttribute('error.type', typeOf(error));
    }
    span.end();
  };
}

function attributesOf({ tier, host, bound }: Operation): Attributes {
  return {
    ...(tier !== undefined && { 'thumbnailer.cache.tier': tier }),
    ...(host !== undefined && { 'thumbnailer.source.host': host }),
    ...(bound !== undefined && { 'thumbnailer.bound': bound }),
  };
}

/** Never the message, which may hold more than a collector should know. */
function typeOf(error: unknown): string {
  if (error instanceof ThumbnailerError) return error.code;
  return error instanceof Error ? error.name : 'unknown';
}
