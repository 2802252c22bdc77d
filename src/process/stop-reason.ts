/** Why the process stops: a signal, which is well, or an error outside any request, which is not. */
export type StopReason = { readonly signal: NodeJS.Signals } | { readonly error: unknown };

/** Each of them drains the process. */
export const STOP_SIGNALS: readonly NodeJS.Signals[] = ['SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGHUP'];

interface StopOptions {
  readonly repeats: 'end' | 'ignore';
  /** Told of each error outside any request, of those too that come while the process stops already. */
  readonly onError: (error: unknown) => void;
}

/**
 * Resolves when the process is asked to stop.
 *
 * @param repeats whether a second signal ends the process at once, as it would without a listener, or does nothing.
 *   SIGHUP does nothing then in either case: a terminal that closes, or systemd, sends it beside another signal
 */
export function stopReason({ repeats, onError }: StopOptions): Promise<StopReason> {
  return new Promise((resolve) => {
    const onSignal = (signal: NodeJS.Signals) => {
      resolve({ signal });
      if (repeats === 'ignore') return;
      for (const other of STOP_SIGNALS) if (other !== 'SIGHUP') process.off(other, onSignal);
    };
    for (const signal of STOP_SIGNALS) process.on(signal, onSignal);
    process.on('uncaughtException', (error) => {
      onError(error);
      resolve({ error });
    });
  });
}
