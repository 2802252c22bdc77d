import { type Random, pick } from '../kit/random.ts';

/** What somebody enters. */
export interface Form {
  readonly url: string;
  /** Largest dimension of the thumbnail, in pixels. */
  readonly size: number;
}

/** Address and size are drawn independently, as the first visitors of a page would choose them. */
export function drawForms(
  count: number,
  urls: readonly string[],
  sizes: readonly number[],
  random: Random,
): Form[] {
  return Array.from({ length: count }, () => ({ url: pick(random, urls), size: pick(random, sizes) }));
}
