import { quantile } from './figures.ts';
import type { LoadResult } from './load/plan.ts';
import { cpuMsOf } from './processes.ts';

/** What one run of requests came to. */
export interface Measured {
  readonly requests: number;
  readonly perSecond: number;
  /** Processor milliseconds of the server for each request; NaN where they cannot be read. */
  readonly cpuMs: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
  /** Whether the requests may have come slower than they could have been answered. */
  readonly heldUp: boolean;
}

type Run = Pick<LoadResult, 'elapsedMs'> &
  Partial<Pick<LoadResult, 'cpuMs'>> & {
    readonly latenciesMs: Float64Array | LoadResult['latenciesMs'];
  };

/** Of a CPU. A process that takes this much of one has no more to give. */
const BUSY = 0.9;

/** @param pid of the server that does the work */
export async function measure(pid: number | undefined, work: () => Promise<Run>): Promise<Measured> {
  const cpuBefore = pid === undefined ? undefined : await cpuMsOf(pid);
  const { elapsedMs, latenciesMs, cpuMs: generatorMs = 0 } = await work();
  const cpuAfter = pid === undefined ? undefined : await cpuMsOf(pid);
  const latencies = sortedLatencies(latenciesMs);
  const cpuMs = cpuBefore === undefined || cpuAfter === undefined ? NaN : cpuAfter - cpuBefore;
  return {
    requests: latencies.length,
    perSecond: (latencies.length / elapsedMs) * 1000,
    cpuMs: cpuMs / latencies.length,
    p50Ms: quantile(latencies, 0.5),
    p99Ms: quantile(latencies, 0.99),
    heldUp: generatorMs / elapsedMs > BUSY && cpuMs / elapsedMs < BUSY,
  };
}

/** Of all statuses together. */
export function sortedLatencies(latenciesMs: Run['latenciesMs']): Float64Array {
  const all = latenciesMs instanceof Float64Array ? [latenciesMs] : [...latenciesMs.values()];
  return Float64Array.from(all.flatMap((list) => [...list])).sort();
}
