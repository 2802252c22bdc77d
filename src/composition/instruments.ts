import type { Admission } from '../domain/work/admission.ts';
import type { Hosts } from '../domain/source/hosts.ts';
import type { SourceCache } from '../domain/source/source-cache.ts';
import type { RequestSummary, RequestTracer } from '../http/server/request-observers.ts';
import type { Bound, Operation, OperationObserver } from '../ports/operation-observer.ts';

/** Observers of the work, for metrics and traces. Without them nothing is wrapped and nothing is counted. */
export interface Instruments {
  readonly onOperation?: OperationObserver | undefined;
  readonly onRequest?: ((request: RequestSummary) => void) | undefined;
  readonly traceRequest?: RequestTracer | undefined;
  readonly onCacheChange?: ((tier: string, isUp: boolean) => void) | undefined;
  /** Told of each login that a cache has refused. */
  readonly onCacheLoginRefused?: ((tier: string) => void) | undefined;
  /** Handed once; it is read whenever somebody asks for figures. */
  readonly onKeptSources?: ((kept: SourceCache) => void) | undefined;
  /** Handed once; it is read whenever somebody asks for figures. */
  readonly onHosts?: ((hosts: Hosts) => void) | undefined;
  /** Told each time a host was found slow. */
  readonly onSlowHost?: ((host: string) => void) | undefined;
  /** Handed each admission once; it is read whenever somebody asks for figures. */
  readonly onAdmission?:
    ((bound: Bound, figures: Pick<Admission, 'inside' | 'waiting' | 'spent' | 'budget'>) => void) | undefined;
}

/** One observer that tells all of them; undefined for none. */
export function combineObservers(
  candidates: readonly (OperationObserver | undefined)[],
): OperationObserver | undefined {
  const observers = candidates.filter((observer) => observer !== undefined);
  if (observers.length < 2) return observers[0];
  return (operation: Operation) => {
    const ends = observers.map((observe) => observe(operation));
    return (outcome) => {
      for (const ended of ends) ended(outcome);
    };
  };
}
