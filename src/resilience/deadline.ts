/** Calls back when the time is over and what has arrived by then has been read. */
export function startDeadline(milliseconds: number, onLate: (error: Error) => void): Disposable {
  let lastLook: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => {
    // In a loop that was held up, timers come before the sockets whose answer is there already.
    lastLook = setImmediate(() => onLate(new Error(`no answer within ${milliseconds} ms`)));
  }, milliseconds);
  const stop = () => {
    clearTimeout(timer);
    clearImmediate(lastLook);
  };
  return { [Symbol.dispose]: stop };
}
