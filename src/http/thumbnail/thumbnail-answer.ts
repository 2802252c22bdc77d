import type { ThumbnailResult, Timings } from '../../domain/making/thumbnail-service.ts';
import { INERT_POLICY } from '../middleware/security-headers.ts';

/** What an answer with a thumbnail has in place of the headers that every answer has. */
export const THUMBNAIL_HEADERS = {
  'Content-Security-Policy': INERT_POLICY,
  // A thumbnail is there to be shown on other sites.
  'Cross-Origin-Resource-Policy': 'cross-origin',
};

/**
 * What an answer says of this thumbnail, whether it brings it or only that the client has it already.
 *
 * @param startedAtMs `performance.now()` at the request's arrival
 */
export function headersOf(result: ThumbnailResult, startedAtMs: number) {
  const { entry, stored, timings } = result;
  const ttlSeconds = remainingSeconds(result);
  return {
    ETag: `"${entry.etag}"`,
    'Cache-Control': stored ? `public, max-age=${Math.max(0, ttlSeconds)}` : 'private, no-store',
    'Cache-Status': cacheStatus(result, ttlSeconds),
    'Server-Timing': serverTiming(timings, performance.now() - startedAtMs),
    'Content-Disposition': `inline; filename="thumbnail.${entry.thumbnail.format}"`,
  };
}

/** Below zero where it is stale. */
function remainingSeconds({ entry }: ThumbnailResult): number {
  return Math.floor((entry.freshUntilMs - Date.now()) / 1000);
}

/** RFC 9211; a stale hit has a time below zero. */
function cacheStatus({ cacheStatus: status, stored }: ThumbnailResult, ttlSeconds: number): string {
  if (status !== 'miss') return `thumbnailer; hit; ttl=${ttlSeconds}`;
  return stored ? 'thumbnailer; fwd=uri-miss; stored' : 'thumbnailer; fwd=uri-miss';
}

/** In milliseconds, as the Server Timing specification has it; a stage that did not take place is left out. */
function serverTiming({ cacheMs, fetchMs, resizeMs }: Timings, totalMs: number): string {
  const made = stage('fetch', fetchMs) + stage('resize', resizeMs);
  return `${stage('cache', cacheMs)}${made}total;dur=${totalMs.toFixed(1)}`;
}

function stage(name: string, milliseconds: number | undefined): string {
  return milliseconds === undefined ? '' : `${name};dur=${milliseconds.toFixed(1)}, `;
}
