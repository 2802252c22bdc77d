/** Does the work for all of them at once. When all have settled, it rejects with the first error, if there was one. */
export async function allSettled<T, R>(items: readonly T[], work: (item: T) => Promise<R>): Promise<R[]> {
  const outcomes = await Promise.allSettled(items.map((item) => attempt(() => work(item))));
  return outcomes.map((outcome) => {
    if (outcome.status === 'rejected') throw outcome.reason;
    return outcome.value;
  });
}

/** Turns what the work throws at once into a rejection. */
async function attempt<R>(work: () => Promise<R>): Promise<R> {
  return work();
}
