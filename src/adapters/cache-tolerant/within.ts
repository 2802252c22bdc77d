/** The promise, or a rejection once the time is over and what has arrived by then has been read. */
export async function within<T>(deadlineMs: number, promise: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  let lastLook: NodeJS.Immediate | undefined;
  const timer = setTimeout(() => {
    // In a loop that was held up, timers come before the sockets whose answer is there already.
    lastLook = setImmediate(() => late.reject(new Error(`did not settle within ${deadlineMs} ms`)));
  }, deadlineMs);
  try {
    return await Promise.race([promise, late.promise]);
  } finally {
    clearTimeout(timer);
    clearImmediate(lastLook);
  }
}
