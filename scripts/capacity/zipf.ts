import type { Random } from '../kit/random.ts';

/**
 * Draws addresses as people ask for them: the k-th most popular one with a probability that is proportional to 1/k^s
 * (Zipf's law; s near 1 for the web). By the cumulated sums, which are searched.
 */
export function zipf(addresses: number, exponent: number, random: Random): () => number {
  const sums = new Float64Array(addresses);
  let sum = 0;
  for (let at = 0; at < addresses; at += 1) {
    sum += (at + 1) ** -exponent;
    sums[at] = sum;
  }
  return () => {
    const wanted = random() * sum;
    let [low, high] = [0, addresses - 1];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((sums[middle] ?? Infinity) <= wanted) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}
