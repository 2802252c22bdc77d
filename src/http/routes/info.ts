import type { Middleware } from 'koa';
import { etagOf } from '../../domain/cache/cache-entry.ts';
import type { MadeResult } from '../../domain/making/thumbnail-service.ts';
import type { OptionLimits } from '../../domain/request/option.ts';
import { type InfoField, infoSpecFor } from '../../domain/request/info-spec.ts';
import { type UploadOptions, refuseForeign, uploadedSource } from '../body/uploaded-source.ts';
import type { CrossOrigin } from '../cross-origin.ts';
import type { RequestState } from '../server/request-state.ts';
import type { AnswerBody, SendAnswer } from '../thumbnail/send-answer.ts';
import { wantsRefresh } from '../thumbnail/thumbnail-query.ts';
import { parseInfoQuery, parseUploadInfoQuery } from './info-query.ts';
import { OF_AN_UPLOAD } from './upload.ts';

export interface InfoRouteOptions extends UploadOptions {
  /** What may be asked for. */
  readonly limits: OptionLimits;
  readonly crossOrigin: CrossOrigin;
  readonly sendAnswer: SendAnswer;
}

/** `GET` and `HEAD /info`: what is known of an image, for programs. */
export function infoRoute({ service, limits, sendAnswer }: InfoRouteOptions): Middleware<RequestState> {
  return async (ctx) => {
    const { state } = ctx;
    const { url, fields, signature } = parseInfoQuery(new URLSearchParams(ctx.querystring), limits);
    state.sourceHost = url.host;
    state.signature = signature;
    const source = { kind: 'remote', url } as const;
    const refresh = wantsRefresh(ctx.get('Cache-Control'));
    const result = await service.answer({ source, spec: infoSpecFor(fields) }, { signature, refresh }, state);
    sendAnswer(ctx.req, ctx.res, { state, result, body: infoBody(result, fields), negotiated: false });
    ctx.respond = false;
  };
}

/** `POST /info`: of the image that is the body, or the file `image` in it. */
export function uploadInfoRoute(options: InfoRouteOptions): Middleware<RequestState> {
  const { service, crossOrigin, sendAnswer } = options;
  return async (ctx) => {
    const { state } = ctx;
    refuseForeign(ctx, crossOrigin);
    const { fields, signature } = parseUploadInfoQuery(new URLSearchParams(ctx.querystring));
    const source = uploadedSource(ctx, options);
    const result = await service.answer({ source, spec: infoSpecFor(fields) }, { signature }, state);
    ctx.respond = false;
    const body = infoBody(result, fields);
    sendAnswer(ctx.req, ctx.res, { state, result, body, negotiated: false, headers: OF_AN_UPLOAD });
  };
}

/** What is sent of an info: the fields that were asked for. */
function infoBody({ entry }: MadeResult, fields: readonly InfoField[]): AnswerBody {
  if (entry.kind !== 'info') throw new Error('a request for an info was answered with a thumbnail');
  const known = Object.fromEntries(fields.map((field) => [field, entry.info[field]]));
  const bytes = Buffer.from(JSON.stringify(known));
  return { bytes, type: 'application/json', etag: etagOf(bytes) };
}
