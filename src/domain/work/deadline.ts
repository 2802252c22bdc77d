/** A signal that aborts with the caller's, or at the deadline. Disposing undoes the timer and the listener. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
}

/** @param reason made at the deadline: what the signal then aborts with */
export function withDeadline(signal: AbortSignal, timeoutMs: number, reason: () => Error): Deadline {
  signal.throwIfAborted();
  const controller = new AbortController();
  const onAbort = () => controller.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const timer = setTimeout(() => controller.abort(reason()), timeoutMs);
  const dispose = () => {
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  };
  return { signal: controller.signal, [Symbol.dispose]: dispose };
}
