import type { Middleware } from 'koa';
import type { ThumbnailService } from '../../domain/making/thumbnail-service.ts';
import type { OptionLimits } from '../../domain/request/option.ts';
import type { RequestState } from '../server/request-state.ts';
import type { SendAnswer } from '../thumbnail/send-answer.ts';
import { thumbnailBody } from '../thumbnail/thumbnail-body.ts';
import { parsePurgeQuery } from '../thumbnail/thumbnail-query.ts';

export interface ThumbnailRouteOptions {
  readonly service: ThumbnailService;
  readonly sendAnswer: SendAnswer;
}

/** `GET` and `HEAD /thumbnail` where there is no hit: `hitsFirst` has parsed the request and looked the thumbnail up. */
export function thumbnailRoute({ service, sendAnswer }: ThumbnailRouteOptions): Middleware<RequestState> {
  return async (ctx) => {
    const { state } = ctx;
    const { query, prepared } = state;
    // Set before the work, so that an error that depends on Accept says so too.
    if (query?.negotiated === true) ctx.vary('Accept');
    if (prepared === undefined || query === undefined) throw state.refusal;
    const result = await service.finish(prepared, state);
    ctx.respond = false;
    const body = thumbnailBody(result, query.disposition);
    sendAnswer(ctx.req, ctx.res, { state, result, body, negotiated: query.negotiated });
  };
}

/** `DELETE /thumbnail`: forgets a source in every size and format. */
export function purgeRoute({
  service,
  limits,
}: Pick<ThumbnailRouteOptions, 'service'> & { readonly limits: OptionLimits }): Middleware<RequestState> {
  return async (ctx) => {
    const { source, signature } = parsePurgeQuery(new URLSearchParams(ctx.querystring), limits);
    ctx.state.sourceHost = source.host;
    await service.purge(source, signature);
    ctx.status = 204;
  };
}
