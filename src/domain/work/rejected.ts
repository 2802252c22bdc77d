import type { Outcome } from '../../ports/operation-observer.ts';

/** How an operation has ended that rejected: one that was ended by its caller has not failed. */
export function rejected(error: unknown, { aborted }: Pick<AbortSignal, 'aborted'>): Outcome {
  return aborted ? { result: 'cancelled' } : { error };
}
