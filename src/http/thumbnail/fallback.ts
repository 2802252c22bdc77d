import type { PresentedSignature } from '../../domain/access/signature.ts';
import { isOfTheSource } from '../../domain/errors/index.ts';
import type { ThumbnailService } from '../../domain/making/thumbnail-service.ts';
import { discardBody } from '../server/discard-body.ts';
import type { RequestContext } from '../server/request-state.ts';
import type { Disposition } from './file-name.ts';
import { maxAgeSeconds } from './max-age.ts';
import type { SendAnswer } from './send-answer.ts';
import { thumbnailBody } from './thumbnail-body.ts';
import type { ThumbnailWish } from './thumbnail-query.ts';

/** The operator's own image, which is shown where another is not to be had. */
export interface Fallback {
  readonly image: Uint8Array;
  /** HTTP status of the answer that has it. */
  readonly status: number;
}

export interface FallbackOptions {
  readonly service: ThumbnailService;
  /** Undefined: errors are answered as such. */
  readonly fallback: Fallback | undefined;
  readonly sendAnswer: SendAnswer;
}

/** A request for a thumbnail that has failed. */
export interface FailedRequest {
  readonly isWanted: boolean;
  readonly wish: ThumbnailWish;
  readonly signature: PresentedSignature | undefined;
  readonly negotiated: boolean;
  readonly disposition: Disposition;
  readonly headers?: Readonly<Record<string, string>>;
}

/** The source may be back soon. */
const MAX_AGE_SECONDS = 60;

/**
 * Answers a request that failed with a thumbnail of the operator's image, as it was to be. The error stays in sight: in a
 * header, in the log and in the metrics.
 *
 * @throws the error itself where no fallback is wanted or there is none, or where the fault is not the source's
 */
export async function answerWithFallback(
  ctx: RequestContext,
  error: unknown,
  { isWanted, wish, signature, negotiated, disposition, headers }: FailedRequest,
  { service, fallback, sendAnswer }: FallbackOptions,
): Promise<void> {
  if (!isWanted || fallback === undefined || !isOfTheSource(error)) throw error;
  const { state } = ctx;
  const source = { kind: 'sample', bytes: fallback.image } as const;
  const result = await service.answer({ ...wish, source }, { signature }, state).catch(() => {
    throw error;
  });
  await discardBody(ctx.req);
  ctx.respond = false;
  const ofAFallback = {
    'Cache-Control': `public, max-age=${maxAgeSeconds(MAX_AGE_SECONDS, signature)}`,
    'Cache-Status': `thumbnailer; fwd=uri-miss; detail=${error.code}`,
    'X-Thumbnail-Fault': error.code,
    ...headers,
  };
  // Without a validator: what a browser has of it is no version of the image.
  const body = { ...thumbnailBody(result, disposition), etag: undefined };
  const { status } = fallback;
  state.error = error;
  sendAnswer(ctx.req, ctx.res, { state, result, body, negotiated, headers: ofAFallback, status });
  // What the cache had of the operator's image says nothing of the one that was asked for.
  state.result = undefined;
}
