/** Runs the task once, after `delayMs` milliseconds, unless it is disposed of before. */
export type Schedule = (task: () => Promise<void>, delayMs: number) => Disposable;

/** A timer that does not keep the process alive. */
export const inBackground: Schedule = (task, delayMs) => {
  const timer = setTimeout(() => void task(), delayMs).unref();
  return { [Symbol.dispose]: () => clearTimeout(timer) };
};
