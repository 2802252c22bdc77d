import type { Middleware } from 'koa';
import { MEDIA_TYPES } from '../../domain/formats.ts';
import type { ThumbnailResult, ThumbnailService, Timings } from '../../domain/thumbnail-service.ts';
import { asBuffer } from '../bytes.ts';
import { matchesEtag } from '../etag.ts';
import { INERT_POLICY } from '../middleware/security-headers.ts';
import type { RequestState } from '../request-state.ts';
import { parseThumbnailQuery } from '../thumbnail-query.ts';

export interface ThumbnailRouteOptions {
  readonly service: ThumbnailService;
  readonly offeredSizes: readonly number[];
}

/** `GET` and `HEAD /thumbnail`: the image itself. */
export function thumbnailRoute({ service, offeredSizes }: ThumbnailRouteOptions): Middleware<RequestState> {
  return async (ctx) => {
    const query = new URLSearchParams(ctx.querystring);
    const { request, negotiated } = parseThumbnailQuery(query, ctx.get('Accept'), offeredSizes);
    // Set before the work, so that an error that depends on Accept says so too.
    if (negotiated) ctx.vary('Accept');
    ctx.state.sourceHost = request.source.host;
    const result = await service.create(request, { signal: ctx.state.signal });
    ctx.state.result = result;

    const { thumbnail, etag } = result.entry;
    const maxAgeSeconds = remainingSeconds(result);
    ctx.status = 200;
    ctx.set({
      ETag: `"${etag}"`,
      'Cache-Control': `public, max-age=${maxAgeSeconds}`,
      'Cache-Status': cacheStatus(result, maxAgeSeconds),
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

function remainingSeconds({ entry }: ThumbnailResult): number {
  return Math.max(0, Math.floor((entry.freshUntilMs - Date.now()) / 1000));
}

/** RFC 9211. */
function cacheStatus({ cacheStatus: status }: ThumbnailResult, ttlSeconds: number): string {
  return status === 'miss' ? 'thumbnailer; fwd=uri-miss; stored' : `thumbnailer; hit; ttl=${ttlSeconds}`;
}

/** In milliseconds, as the Server Timing specification has it; a stage that did not take place is left out. */
function serverTiming({ cacheMs, fetchMs, resizeMs }: Timings, totalMs: number): string {
  return Object.entries({ cache: cacheMs, fetch: fetchMs, resize: resizeMs, total: totalMs })
    .filter((stage): stage is [string, number] => stage[1] !== undefined)
    .map(([name, milliseconds]) => `${name};dur=${milliseconds.toFixed(1)}`)
    .join(', ');
}
