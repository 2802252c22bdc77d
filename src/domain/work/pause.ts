import { raceSignal } from './race.ts';

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
