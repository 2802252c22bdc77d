/** As metrics and traces name them, which docs/operations.md explains. */
export const OPERATION_NAMES = [
  'cache get',
  'cache set',
  'cache lease',
  'prepare',
  'fetch',
  'reduce',
  'resize',
  'wait',
] as const;

/** A piece of work on behalf of a request, outside the domain or waited for by it. */
export interface Operation {
  readonly name: (typeof OPERATION_NAMES)[number];
  /** Of a cache: which one, in the configuration's word. */
  readonly tier?: string;
  /** Of a fetch and its preparation: the source's host. */
  readonly host?: string;
  /** Of a wait: what for. */
  readonly bound?: Bound;
}

/** What work waits for a place in: docs/architecture.md has a table of them. */
export type Bound = 'hosts' | 'misses' | 'downloads' | 'decodes';

export interface Outcome {
  /** Of a look into a cache; or, of any work, that nobody waits for it any more. */
  readonly result?: 'hit' | 'miss' | 'cancelled';
  /** Of a fetch that ended early: bytes that were not downloaded, 0 where nobody knows how many. */
  readonly savedBytes?: number;
  /** What it rejected with. */
  readonly error?: unknown;
}

/**
 * Told when an operation begins; the function that it returns is told once how that has ended. Neither throws, and
 * neither may take more than microseconds.
 */
export type OperationObserver = (operation: Operation) => (outcome: Outcome) => void;
