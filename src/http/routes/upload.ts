import type { Middleware } from 'koa';
import type { OptionLimits } from '../../domain/request/option.ts';
import { type UploadOptions, refuseForeign, uploadedSource } from '../body/uploaded-source.ts';
import type { CrossOrigin } from '../cross-origin.ts';
import type { RequestState } from '../server/request-state.ts';
import { type FallbackOptions, answerWithFallback } from '../thumbnail/fallback.ts';
import { thumbnailBody } from '../thumbnail/thumbnail-body.ts';
import { parseUploadQuery } from '../thumbnail/thumbnail-query.ts';

export interface UploadRouteOptions extends UploadOptions, FallbackOptions {
  /** What may be asked for. */
  readonly limits: OptionLimits;
  readonly crossOrigin: CrossOrigin;
}

/** The image is its sender's own affair: nobody keeps what is made of it but us, and pages of other sites do not show it. */
export const OF_AN_UPLOAD = {
  'Cache-Control': 'private, no-store',
  'Cross-Origin-Resource-Policy': 'same-origin',
};

/** `POST /thumbnail`: of the image that is the body, or the file `image` in it. */
export function uploadRoute(options: UploadRouteOptions): Middleware<RequestState> {
  const { service, limits, crossOrigin, sendAnswer } = options;
  return async (ctx) => {
    const { state } = ctx;
    refuseForeign(ctx, crossOrigin);
    const query = new URLSearchParams(ctx.querystring);
    const { wish, signature, dispositionOf, wantsFallback } = parseUploadQuery(
      query,
      ctx.get('Accept'),
      limits,
    );
    let ownName = '';
    const source = uploadedSource(ctx, options, (name) => (ownName = name));
    const delivery = { negotiated: false, headers: OF_AN_UPLOAD };
    try {
      const result = await service.answer({ source, ...wish }, { signature }, state);
      ctx.respond = false;
      const body = thumbnailBody(result, dispositionOf(ownName));
      sendAnswer(ctx.req, ctx.res, { state, result, body, ...delivery });
    } catch (error) {
      const disposition = dispositionOf(ownName);
      const failed = { isWanted: wantsFallback, wish, signature, disposition, ...delivery };
      await answerWithFallback(ctx, error, failed, options);
    }
  };
}
