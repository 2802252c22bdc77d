import { rejected } from '../../../domain/work/rejected.ts';
import type { Operation, OperationObserver, Outcome } from '../../../ports/operation-observer.ts';

interface ObservedOptions<T> {
  readonly outcomeOf?: (value: T) => Outcome;
  /** Of the caller, where the work ends with it. */
  readonly signal?: AbortSignal;
}

/** Does the work, and tells the observer of its beginning and its end. */
export async function observed<T>(
  observe: OperationObserver,
  operation: Operation,
  work: () => Promise<T>,
  { outcomeOf = () => ({}), signal }: ObservedOptions<T> = {},
): Promise<T> {
  const ended = observe(operation);
  try {
    const value = await work();
    ended(outcomeOf(value));
    return value;
  } catch (error) {
    ended(signal === undefined ? { error } : rejected(error, signal));
    throw error;
  }
}
