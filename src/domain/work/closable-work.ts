import { OverloadedError } from '../errors/index.ts';

/** Pieces of work that each end with their caller's signal, and all when their owner closes. */
export class ClosableWork {
  readonly #underWay = new Set<AbortController>();
  #closed = false;

  /**
   * The signal of a piece of work; it is over when `held` is disposed of.
   *
   * @throws OverloadedError once this is closed; the reason of the caller's signal where that has aborted
   */
  begin(signal: AbortSignal, held: DisposableStack): AbortSignal {
    if (this.#closed) throw new OverloadedError();
    signal.throwIfAborted();
    const underWay = new AbortController();
    const onAbort = () => underWay.abort(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    this.#underWay.add(underWay);
    held.defer(() => {
      signal.removeEventListener('abort', onAbort);
      this.#underWay.delete(underWay);
    });
    return underWay.signal;
  }

  /** What is under way aborts with OverloadedError. May be called twice. */
  close(): void {
    this.#closed = true;
    for (const underWay of this.#underWay) underWay.abort(new OverloadedError());
  }
}
