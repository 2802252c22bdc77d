import { OverloadedError } from '../errors/index.ts';
import type { Caller } from './requester.ts';

export interface Waiting<T> {
  /** What is waited for. */
  readonly turn: Promise<T>;
  /** Takes it out of its queue; `turn` rejects with the reason. */
  readonly giveUp: (reason: Error) => void;
  /** How long one request may wait, in milliseconds, all the queues in which it waits together. */
  readonly queueTimeoutMs: number;
}

/**
 * Waits until it is somebody's turn, for as long as the whole request may still wait.
 *
 * @throws OverloadedError when the wait is too long; the signal's reason when that aborts first
 */
export async function waitTurn<T>(
  { turn, giveUp, queueTimeoutMs }: Waiting<T>,
  { requester, signal }: Caller,
): Promise<T> {
  signal.throwIfAborted();
  const startedAt = performance.now();
  const abandon = () => giveUp(signal.reason as Error);
  const leftMs = Math.max(0, queueTimeoutMs - requester.waitedMs);
  const timer = setTimeout(() => giveUp(overloaded(queueTimeoutMs)), leftMs);
  signal.addEventListener('abort', abandon, { once: true });
  try {
    return await turn;
  } finally {
    clearTimeout(timer);
    signal.removeEventListener('abort', abandon);
    requester.countWait(performance.now() - startedAt);
  }
}

export function overloaded(queueTimeoutMs: number): OverloadedError {
  return new OverloadedError(Math.max(1, Math.ceil(queueTimeoutMs / 2000)));
}
