import type { Middleware } from 'koa';
import { asBuffer } from '../../domain/image/bytes.ts';
import { InvalidRequestError } from '../../domain/errors/index.ts';
import { MEDIA_TYPES } from '../../domain/image/formats.ts';
import type { ThumbnailService } from '../../domain/making/thumbnail-service.ts';
import { timed } from '../../domain/work/timed.ts';
import { HttpFault } from '../error-responses.ts';
import type { RequestContext, RequestState } from '../server/request-state.ts';
import { THUMBNAIL_HEADERS, headersOf } from '../thumbnail/thumbnail-answer.ts';
import { parseUploadQuery } from '../thumbnail/thumbnail-query.ts';
import { ImageMemory } from '../body/image-memory.ts';
import { FORM_BYTES, type UploadLimits } from '../body/limits.ts';
import { readImage } from '../body/read-image.ts';
import { readMultipart } from '../body/read-multipart.ts';
import { announcedBytes, checkHead } from '../body/request-head.ts';

export interface UploadRouteOptions {
  readonly service: ThumbnailService;
  readonly offeredSizes: readonly number[];
  readonly uploads: UploadLimits;
}

/** The image is its sender's own affair: nobody keeps its thumbnail but us, and pages of other sites do not show it. */
const OF_AN_UPLOAD = { 'Cache-Control': 'private, no-store', 'Cross-Origin-Resource-Policy': 'same-origin' };

/** `POST /thumbnail`: of the image that is the body, or the file `image` in it. */
export function uploadRoute({
  service,
  offeredSizes,
  uploads,
}: UploadRouteOptions): Middleware<RequestState> {
  return async (ctx) => {
    const { state } = ctx;
    const request = parseUploadQuery(new URLSearchParams(ctx.querystring), ctx.get('Accept'), offeredSizes);
    const read = readerFor(ctx, uploads);
    await service.authorise(request);
    // Nothing is read before there is room for all of it.
    const maxBytes = Math.min(announcedBytes(ctx.req) ?? uploads.maxBytes, uploads.maxBytes);
    using room = await service.makeRoom(maxBytes, state.signal);
    const [image, fetchMs] = await timed(read(room.use(new ImageMemory(maxBytes))));
    const made = await service.createFromImage(image, request, { signal: state.signal, room });
    const result = { ...made, timings: { ...made.timings, fetchMs } };
    state.result = result;

    const { thumbnail } = result.entry;
    ctx.status = 200;
    ctx.set({ ...THUMBNAIL_HEADERS, ...headersOf(result, state.startedAtMs), ...OF_AN_UPLOAD });
    ctx.type = MEDIA_TYPES[thumbnail.format];
    ctx.body = asBuffer(thumbnail.bytes);
  };
}

type ImageReader = (memory: ImageMemory) => Promise<Uint8Array>;

/** @throws InvalidRequestError or HttpFault where the head of the request says that there is nothing to read */
function readerFor(ctx: RequestContext, uploads: UploadLimits): ImageReader {
  if (announcedBytes(ctx.req) === 0) throw noImage();
  if (ctx.is('multipart/form-data')) {
    checkHead(ctx.req, uploads.maxBytes + FORM_BYTES, uploads);
    return (memory) => readImageOfForm(ctx, memory, uploads);
  }
  if (!ctx.is('image/*', 'application/octet-stream')) {
    throw new HttpFault(
      'unsupported-media-type',
      'Send the bytes of an image with a Content-Type such as image/jpeg or application/octet-stream, or a multipart form with the file image.',
    );
  }
  checkHead(ctx.req, uploads.maxBytes, uploads);
  return async (memory) => {
    const image = await readImage(ctx, memory, uploads);
    if (image.length === 0) throw noImage();
    return image;
  };
}

async function readImageOfForm(
  ctx: RequestContext,
  memory: ImageMemory,
  uploads: UploadLimits,
): Promise<Uint8Array> {
  const { fields, image } = await readMultipart(ctx, memory, uploads);
  if (fields.size > 0) {
    throw new InvalidRequestError(
      'request',
      'The form has the file image and nothing else. Size, format and fit are parameters of the address.',
    );
  }
  if (image === undefined) throw noImage();
  return image.bytes;
}

function noImage(): InvalidRequestError {
  return new InvalidRequestError(
    'image',
    'There is no image in the request. Send one as its body, or as the file image of a multipart form.',
  );
}
