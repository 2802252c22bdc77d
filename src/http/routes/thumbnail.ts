import type { Middleware } from 'koa';
import { MEDIA_TYPES } from '../../domain/formats.ts';
import type { ThumbnailResult, ThumbnailService, Timings } from '../../domain/thumbnail-service.ts';
import { asBuffer } from '../bytes.ts';
import { matchesEtag } from '../etag.ts';
import { INERT_POLICY } from '../middleware/security-headers.ts';
import type { RequestState } from '../request-state.ts';
import { parsePurgeQuery, parseThumbnailQuery } from '../thumbnail-query.ts';

export interface ThumbnailRouteOptions {
  readonly service: ThumbnailService;
  readonly offeredSizes: readonly number[];
}

/** `GET` and `HEAD /thumbnail`: the image itself. */
export function thumbnailRoute({ service, offeredSizes }: ThumbnailRouteOptions): Middleware<RequestState> {
  return async (ctx) => {
    const query = new URLSearchParams(ctx.querystring);
    const headers = { accept: ctx.get('Accept'), cacheControl: ctx.get('Cache-Control') };
    const { request, negotiated } = parseThumbnailQuery(query, headers, offeredSizes);
    // Set before the work, so that an error that depends on Accept says so too.
    if (negotiated) ctx.vary('Accept');
    ctx.state.sourceHost = request.source.host;
    const result = await service.create(request, { signal: ctx.state.signal });
    ctx.state.result = result;

    const { thumbnail, etag } = result.entry;
    const ttlSeconds = remainingSeconds(result);
    ctx.status = 200;
    ctx.set({
      ETag: `"${etag}"`,
      'Cache-Control': result.stored ? `public, max-age=${Math.max(0, ttlSeconds)}` : 'private, no-store',
      'Cache-Status': cacheStatus(result, ttlSeconds),
      'Server-Timing': serverTiming(result.timings, performance.now() - ctx.state.startedAtMs),
      'Content-Security-Policy': INERT_POLICY,
      // A thumbnail is there to be shown on other sites.
      'Cross-Origin-Resource-Policy': 'cross-origin',
      'Content-Disposition': `inline; filename="thumbnail.${thumbnail.format}"`,
    });
    if (matchesEtag(ctx.get('If-None-Match'), etag)) {
      ctx.status = 304;
      return;
    }
    ctx.type = MEDIA_TYPES[thumbnail.format];
    ctx.body = asBuffer(thumbnail.bytes);
  };
}

/** `DELETE /thumbnail`: forgets a source in every size and format. */
export function purgeRoute({ service }: Pick<ThumbnailRouteOptions, 'service'>): Middleware<RequestState> {
  return async (ctx) => {
    const purge = parsePurgeQuery(new URLSearchParams(ctx.querystring));
    ctx.state.sourceHost = purge.source.host;
    await service.purge(purge);
    ctx.status = 204;
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
  return Object.entries({ cache: cacheMs, fetch: fetchMs, resize: resizeMs, total: totalMs })
    .filter((stage): stage is [string, number] => stage[1] !== undefined)
    .map(([name, milliseconds]) => `${name};dur=${milliseconds.toFixed(1)}`)
    .join(', ');
}
