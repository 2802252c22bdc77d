import type { Context, Middleware } from 'koa';
import { asBuffer } from '../../domain/image/bytes.ts';
import { MEDIA_TYPES } from '../../domain/image/formats.ts';
import type { ThumbnailService } from '../../domain/making/thumbnail-service.ts';
import { matchesEtag } from '../thumbnail/etag.ts';
import type { RequestState } from '../server/request-state.ts';
import { THUMBNAIL_HEADERS, headersOf } from '../thumbnail/thumbnail-answer.ts';
import { type ThumbnailQuery, parsePurgeQuery, parseThumbnailQuery } from '../thumbnail/thumbnail-query.ts';

export interface ThumbnailRouteOptions {
  readonly service: ThumbnailService;
  readonly offeredSizes: readonly number[];
}

/** `GET` and `HEAD /thumbnail`: the image itself. */
export function thumbnailRoute({ service, offeredSizes }: ThumbnailRouteOptions): Middleware<RequestState> {
  return async (ctx) => {
    const { state } = ctx;
    const { request, negotiated } = state.query ?? parseQuery(ctx, offeredSizes);
    // Set before the work, so that an error that depends on Accept says so too.
    if (negotiated) ctx.vary('Accept');
    state.sourceHost = request.source.host;
    const result = await service.create(request, { signal: state.signal, lookUp: await state.lookUp });
    state.result = result;

    const { thumbnail, etag } = result.entry;
    ctx.status = 200;
    ctx.set({ ...THUMBNAIL_HEADERS, ...headersOf(result, state.startedAtMs) });
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

function parseQuery(ctx: Context, offeredSizes: readonly number[]): ThumbnailQuery {
  const headers = { accept: ctx.get('Accept'), cacheControl: ctx.get('Cache-Control') };
  return parseThumbnailQuery(new URLSearchParams(ctx.querystring), headers, offeredSizes);
}
