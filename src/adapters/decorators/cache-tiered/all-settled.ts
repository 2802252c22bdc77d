/** Does the work for all of them at once. When all have settled, it rejects with the first error, if there was one. */
export async function allSettled<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const outcomes = await Promise.allSettled(items.map((item) => attempt(() => work(item))));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

/** Turns what the work throws at once into a rejection. */
async function attempt<T>(work: () => Promise<T>): Promise<T> {
  return work();
}
