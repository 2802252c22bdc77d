import type { Timings } from '../../domain/making/thumbnail-service.ts';

/** `99.4%`, rounded down so that no thumbnail seems to have no bytes; `nothing` where it is not smaller. */
export function savedPart(originalBytes: number, thumbnailBytes: number): string {
  const percent = Math.floor((1 - thumbnailBytes / originalBytes) * 1000) / 10;
  return percent > 0 ? `${percent}%` : 'nothing';
}

/**
 * How often a thumbnail can be enlarged, in whole steps so that each pixel stays square and alike, within the 256 that a
 * phone has room for; 1 where it cannot.
 */
export function enlargement({ width, height }: { readonly width: number; readonly height: number }): number {
  return Math.min(4, Math.max(1, Math.floor(256 / Math.max(width, height))));
}

export interface Stage {
  readonly id: 'cache' | 'wait' | 'fetch' | 'resize' | 'rest';
  readonly label: string;
  readonly ms: number;
  /** Where its part of the bar begins, and how long that is, in per cent. */
  readonly from: number;
  readonly share: number;
}

/**
 * How the time was spent, in order; nothing for a hit, which no stage took long for. Together the stages may exceed the
 * processing time: a request that joins the work on a thumbnail waits only for the rest of it.
 *
 * @param isUpload whether the image came with the request
 */
export function stagesOf(timings: Timings, processingTimeMs: number, isUpload: boolean): Stage[] {
  const { cacheMs, waitMs = 0, fetchMs = 0, resizeMs = 0 } = timings;
  if (waitMs + fetchMs + resizeMs === 0) return [];
  const known = cacheMs + waitMs + fetchMs + resizeMs;
  // The processing time is in whole milliseconds, so that the remainder is no more exact.
  const rest = Math.max(0, Math.round(processingTimeMs - known));
  const total = known + rest;
  let spent = 0;
  const stage = (id: Stage['id'], label: string, ms: number): Stage => {
    const from = percentOf(spent, total);
    spent += ms;
    return { id, label, ms, from, share: percentOf(spent, total) - from };
  };
  return [
    stage('cache', 'Cache lookup', cacheMs),
    stage('wait', 'Waiting for another request', waitMs),
    stage('fetch', isUpload ? 'Upload' : 'Download', fetchMs),
    stage('resize', 'Resize', resizeMs),
    stage('rest', 'Other', rest),
  ].filter(({ id, ms }) => id === 'cache' || ms > 0);
}

function percentOf(part: number, whole: number): number {
  return whole === 0 ? 0 : Math.round((part / whole) * 100);
}

export function formatMilliseconds(ms: number): string {
  if (ms < 0.05) return 'under 0.1 ms';
  return ms < 10 ? `${Math.round(ms * 10) / 10} ms` : `${Math.round(ms)} ms`;
}
