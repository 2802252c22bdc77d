import type { Deadlines } from '../../remote-server/deadlines.ts';

/** The promise, or a rejection once the time is over and what has arrived by then has been read. */
export function within<T>(deadlines: Deadlines, promise: Promise<T>): Promise<T> {
  return new Promise<T>((resolve, reject: (reason: Error) => void) => {
    const deadline = deadlines.start(reject);
    promise.then(
      (value) => {
        deadlines.end(deadline);
        resolve(value);
      },
      (error: unknown) => {
        deadlines.end(deadline);
        reject(error as Error);
      },
    );
  });
}
