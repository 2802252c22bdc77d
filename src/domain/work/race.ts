/**
 * The promise, or a rejection with the signal's reason if that aborts first. What the promise does later is ignored,
 * and no listener is left on the signal.
 */
export async function raceSignal<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const onAbort = () => aborted.reject(signal.reason as Error);
  // A signal that aborted before does not say so again.
  if (signal.aborted) onAbort();
  else signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await Promise.race([aborted.promise, promise]);
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/** Resolves after that time; rejects with the signal's reason when that aborts first. */
export async function pause(milliseconds: number, signal: AbortSignal): Promise<void> {
  const over = Promise.withResolvers<undefined>();
  const timer = setTimeout(() => over.resolve(undefined), milliseconds);
  try {
    await raceSignal(over.promise, signal);
  } finally {
    clearTimeout(timer);
  }
}
