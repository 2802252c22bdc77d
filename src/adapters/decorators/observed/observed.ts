import type { Operation, OperationObserver, Outcome } from '../../../ports/operation-observer.ts';

/** Does the work, and tells the observer of its beginning and its end. */
export async function observed<T>(
  observe: OperationObserver,
  operation: Operation,
  work: () => Promise<T>,
  outcomeOf: (value: T) => Outcome = () => ({}),
): Promise<T> {
  const ended = observe(operation);
  try {
    const value = await work();
    ended(outcomeOf(value));
    return value;
  } catch (error) {
    ended({ error });
    throw error;
  }
}
