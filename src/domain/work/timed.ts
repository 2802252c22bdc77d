/** What a promise resolves with, and how many milliseconds it took. */
export async function timed<T>(promise: Promise<T>): Promise<[T, number]> {
  const startedAt = performance.now();
  return [await promise, performance.now() - startedAt];
}
