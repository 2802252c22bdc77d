import { SourceTimeoutError } from '../../domain/errors/index.ts';

/**
 * When a download has to end before it is done: at its deadline, when its caller leaves, or when it is told to. What
 * comes first is the reason of `signal`. Disposing undoes the timer and the listener.
 */
export class Cancellation implements Disposable {
  readonly #controller = new AbortController();
  readonly #callerSignal: AbortSignal;
  readonly #deadline: NodeJS.Timeout;

  constructor({ signal, timeoutMs }: { readonly signal: AbortSignal; readonly timeoutMs: number }) {
    signal.throwIfAborted();
    this.#callerSignal = signal;
    signal.addEventListener('abort', this.#onCallerLeft, { once: true });
    this.#deadline = setTimeout(() => this.cancel(new SourceTimeoutError(timeoutMs)), timeoutMs);
  }

  cancel(reason: unknown): void {
    this.#controller.abort(reason);
  }

  /** The promise, or a rejection with the reason if the cancellation comes first; the promise's end is then ignored. */
  async race<T>(promise: Promise<T>): Promise<T> {
    const { signal } = this.#controller;
    const cancelled = Promise.withResolvers<never>();
    const onCancelled = () => cancelled.reject(signal.reason as Error);
    if (signal.aborted) onCancelled();
    signal.addEventListener('abort', onCancelled, { once: true });
    try {
      // The cancellation stands first, so that it wins over an end that it brought about itself.
      return await Promise.race([cancelled.promise, promise]);
    } finally {
      signal.removeEventListener('abort', onCancelled);
    }
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#deadline);
    this.#callerSignal.removeEventListener('abort', this.#onCallerLeft);
  }

  readonly #onCallerLeft = () => this.cancel(this.#callerSignal.reason);
}
