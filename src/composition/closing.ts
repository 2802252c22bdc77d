/**
 * A deactivation hook that closes what it is handed. The container runs hooks one after another without waiting, and
 * one that throws at once would stop the rest: this one always answers with a promise.
 */
export async function close(closable: { close?(): Promise<void> }): Promise<void> {
  await closable.close?.();
}
