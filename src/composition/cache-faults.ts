import { type CacheFault, CacheRefusal } from '../ports/thumbnail-cache.ts';

const SENTENCES: Readonly<Record<CacheFault, string>> = {
  login: 'the cache refuses the login; working without it',
  rights: 'the cache does not allow its user what is needed; working with what it allows',
  'read-only': 'the cache is read-only; nothing new is cached in it',
  full: 'the cache is full; nothing new is cached in it',
  refused: 'the cache refuses an operation',
};

/** For the log: what is amiss with a cache. An outage is what is not told apart. */
export function sentenceFor(error: unknown): string {
  const fault = refusalIn(error)?.fault;
  return fault === undefined ? 'the cache does not answer; working without it' : SENTENCES[fault];
}

/** Counts logins that were refused. One refused login fails many requests, all with the same error as their cause. */
export class RefusedLogins {
  readonly #known = new WeakSet<Error>();
  readonly #onRefused: () => void;

  constructor(onRefused: () => void) {
    this.#onRefused = onRefused;
  }

  look(error: unknown): void {
    const refusal = refusalIn(error);
    if (refusal?.fault !== 'login' || this.#known.has(refusal)) return;
    this.#known.add(refusal);
    this.#onRefused();
  }
}

/** The first of a chain of causes. */
function refusalIn(error: unknown): CacheRefusal | undefined {
  if (error instanceof CacheRefusal) return error;
  return error instanceof Error ? refusalIn(error.cause) : undefined;
}
