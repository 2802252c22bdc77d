/** Why the process stops: a signal, which is well, or an error outside any request, which is not. */
export type StopReason = { readonly signal: NodeJS.Signals } | { readonly error: unknown };

/**
 * Resolves when the process is asked to stop.
 *
 * @param repeats whether a second signal ends the process at once, as it would without a listener, or does nothing
 */
export function stopReason({ repeats }: { readonly repeats: 'end' | 'ignore' }): Promise<StopReason> {
  const listen = repeats === 'end' ? process.once.bind(process) : process.on.bind(process);
  return new Promise((resolve) => {
    listen('SIGTERM', (signal: NodeJS.Signals) => resolve({ signal }));
    listen('SIGINT', (signal: NodeJS.Signals) => resolve({ signal }));
    process.once('uncaughtException', (error) => resolve({ error }));
  });
}
