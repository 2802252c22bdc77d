import type { Middleware } from 'koa';
import type { Prepared } from '../../domain/making/thumbnail-service.ts';
import type { OptionLimits } from '../../domain/request/option.ts';
import type { RequestContext, RequestState } from '../server/request-state.ts';
import { type FallbackOptions, answerWithFallback } from '../thumbnail/fallback.ts';
import { thumbnailBody } from '../thumbnail/thumbnail-body.ts';
import { type ThumbnailQuery, parsePurgeQuery } from '../thumbnail/thumbnail-query.ts';

/** `GET` and `HEAD /thumbnail` where there is no hit: `hitsFirst` has parsed the request and looked the thumbnail up. */
export function thumbnailRoute(options: FallbackOptions): Middleware<RequestState> {
  return async (ctx) => {
    const { state } = ctx;
    const { query, prepared } = state;
    // Set before the work, so that an error that depends on Accept says so too.
    if (query?.negotiated === true) ctx.vary('Accept');
    if (query === undefined) throw state.refusal;
    try {
      if (prepared === undefined) throw state.refusal;
      await answer(ctx, prepared, query, options);
    } catch (error) {
      const { request, terms, wantsFallback, ...delivery } = query;
      const failed = { isWanted: wantsFallback, wish: request, signature: terms.signature, ...delivery };
      await answerWithFallback(ctx, error, failed, options);
    }
  };
}

async function answer(
  ctx: RequestContext,
  prepared: Prepared,
  { negotiated, disposition }: ThumbnailQuery,
  { service, sendAnswer }: FallbackOptions,
): Promise<void> {
  const { state } = ctx;
  const result = await service.finish(prepared, state);
  sendAnswer(ctx.req, ctx.res, { state, result, body: thumbnailBody(result, disposition), negotiated });
  ctx.respond = false;
}

/** `DELETE /thumbnail`: forgets a source in every size and format. */
export function purgeRoute({
  service,
  limits,
}: Pick<FallbackOptions, 'service'> & { readonly limits: OptionLimits }): Middleware<RequestState> {
  return async (ctx) => {
    const { source, signature } = parsePurgeQuery(new URLSearchParams(ctx.querystring), limits);
    ctx.state.sourceHost = source.host;
    await service.purge(source, signature);
    ctx.status = 204;
  };
}
