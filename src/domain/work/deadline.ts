/** A signal that aborts with the caller's, or at the deadline. Disposing undoes the timer and the listener. */
export interface Deadline extends Disposable {
  readonly signal: AbortSignal;
  /** Waits for work of our own, such as a slot, whose time does not count; the signal may abort with the caller's. */
  pause<T>(work: Promise<T>): Promise<T>;
}

/** @param reason made at the deadline: what the signal then aborts with */
export function withDeadline(signal: AbortSignal, timeoutMs: number, reason: () => Error): Deadline {
  signal.throwIfAborted();
  const controller = new AbortController();
  const onAbort = () => controller.abort(signal.reason);
  signal.addEventListener('abort', onAbort, { once: true });
  const start = (milliseconds: number) => setTimeout(() => controller.abort(reason()), milliseconds);
  let [leftMs, startedAt, timer] = [timeoutMs, performance.now(), start(timeoutMs)];
  let isOver = false;
  const pause = async <T>(work: Promise<T>): Promise<T> => {
    clearTimeout(timer);
    leftMs -= performance.now() - startedAt;
    try {
      return await work;
    } finally {
      startedAt = performance.now();
      // Its time may have run out while the event loop was busy.
      if (!isOver) timer = start(Math.max(0, leftMs));
    }
  };
  const dispose = () => {
    isOver = true;
    clearTimeout(timer);
    signal.removeEventListener('abort', onAbort);
  };
  return { signal: controller.signal, pause, [Symbol.dispose]: dispose };
}
