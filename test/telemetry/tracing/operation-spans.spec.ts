import { type SpanOptions, SpanKind, type Tracer, trace } from '@opentelemetry/api';
import { expect } from 'chai';
import { OPERATION_NAMES } from '../../../src/ports/operation-observer.ts';
import { operationSpans } from '../../../src/telemetry/tracing/operation-spans.ts';

const LONG_AGO_MS = 10;

describe('the spans of operations', () => {
  it('are those of a client where another server is asked, and of our own work where none is', async () => {
    const kinds: Record<string, SpanKind | undefined> = {};
    const startSpan = (name: string, { kind }: SpanOptions = {}) => {
      kinds[name] = kind;
      return trace.wrapSpanContext({ traceId: '', spanId: '', traceFlags: 0 });
    };
    const observe = operationSpans({ startSpan } as unknown as Tracer);
    const ends = OPERATION_NAMES.map((name) => observe({ name }));
    await new Promise((resolve) => setTimeout(resolve, LONG_AGO_MS));
    for (const ended of ends) ended({});
    const own = Object.keys(kinds).filter((name) => kinds[name] === SpanKind.INTERNAL);
    expect(own).to.have.members(['reduce', 'resize', 'wait']);
    expect(Object.keys(kinds)).to.have.members([...OPERATION_NAMES]);
  });
});
