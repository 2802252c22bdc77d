import type { Renewal } from '../adapters/resize-isolated/index.ts';
import type { Config } from '../config/config.ts';

type Work = Pick<Config['work'], 'memoryBudgetBytes' | 'resizeConcurrency'>;

const MIB = 1024 * 1024;
const MAX_BYTES_AT_REST = 160 * MIB;

/** A start costs as much processor time as some dozens of small images, and the first images after it cost more than others. */
const MAX_IMAGES = 2000;

/** A decoder that has had no large image yet holds less. */
const FRESH_BYTES = 64 * MIB;

export const LEAST_KEPT_BYTES = 16 * MIB;
const MOST_KEPT_BYTES = 64 * MIB;

/**
 * What decoders keep of what an image has freed. Where there is room, it is enough for an AVIF of two megapixels, which then
 * maps no memory again (docs/performance.md, "Decoders"). Beyond the least, it is two thirds of what a decoder may hold at rest
 * besides what a fresh one does, so that none is renewed because of it.
 */
export function keptBytesFor(work: Work): number {
  const roomBytes = Math.floor((shareAtRest(work) * 2) / 3);
  return Math.min(MOST_KEPT_BYTES, Math.max(LEAST_KEPT_BYTES, roomBytes));
}

export function renewalFor(work: Work): Renewal {
  return {
    maxImages: MAX_IMAGES,
    maxBytesAtRest: FRESH_BYTES + shareAtRest(work),
    freshBytes: FRESH_BYTES,
    idleMs: 30_000,
  };
}

/** What decoders keep between two images is memory that the budget does not count: a quarter as much is the most. */
function shareAtRest({ memoryBudgetBytes, resizeConcurrency }: Work): number {
  return Math.min(MAX_BYTES_AT_REST - FRESH_BYTES, memoryBudgetBytes / 4 / resizeConcurrency);
}
