import type { Renewal } from '../adapters/resize-isolated/index.ts';
import type { Config } from '../config/config.ts';

type Work = Pick<Config['work'], 'memoryBudgetBytes' | 'resizeConcurrency'>;

const MIB = 1024 * 1024;
const MAX_BYTES_AT_REST = 160 * MIB;

/** A start costs as much processor time as some dozens of small images, and the first images after it cost more than others. */
const MAX_IMAGES = 2000;

/** A decoder that has had no large image yet holds less. */
const FRESH_BYTES = 64 * MIB;

/** After a burst, memory is wanted back soon; but the images of the next page should not wait for starts again. */
const IDLE_MS = 10_000;

export function renewalFor(work: Work): Renewal {
  return {
    maxImages: MAX_IMAGES,
    maxBytesAtRest: FRESH_BYTES + shareAtRest(work),
    freshBytes: FRESH_BYTES,
    idleMs: IDLE_MS,
  };
}

/** What decoders keep between two images is memory that the budget does not count: a quarter as much is the most. */
function shareAtRest({ memoryBudgetBytes, resizeConcurrency }: Work): number {
  return Math.min(MAX_BYTES_AT_REST - FRESH_BYTES, memoryBudgetBytes / 4 / resizeConcurrency);
}
