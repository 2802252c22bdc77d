import type { Middleware } from 'koa';
import { InvalidRequestError } from '../../domain/errors/index.ts';
import type { ThumbnailService } from '../../domain/making/thumbnail-service.ts';
import type { OptionLimits } from '../../domain/request/option.ts';
import type { CrossOrigin } from '../cross-origin.ts';
import { HttpFault } from '../error-responses.ts';
import type { RequestContext, RequestState } from '../server/request-state.ts';
import type { AnswerThumbnail } from '../thumbnail/thumbnail-answer.ts';
import { parseUploadQuery } from '../thumbnail/thumbnail-query.ts';
import type { IncomingBytes } from '../../domain/source/incoming-bytes.ts';
import type { UploadedImage } from '../body/form-parts.ts';
import { receiveUpload } from '../body/receive-upload.ts';
import { FORM_BYTES, type UploadLimits } from '../body/limits.ts';
import { readImage } from '../body/read-image.ts';
import { readMultipart } from '../body/read-multipart.ts';
import { announcedBytes, checkHead } from '../body/request-head.ts';

export interface UploadRouteOptions {
  readonly service: ThumbnailService;
  /** What may be asked for. */
  readonly limits: OptionLimits;
  readonly uploads: UploadLimits;
  readonly crossOrigin: CrossOrigin;
  readonly answerThumbnail: AnswerThumbnail;
}

/** The image is its sender's own affair: nobody keeps its thumbnail but us, and pages of other sites do not show it. */
const OF_AN_UPLOAD = { 'Cache-Control': 'private, no-store', 'Cross-Origin-Resource-Policy': 'same-origin' };

/** `POST /thumbnail`: of the image that is the body, or the file `image` in it. */
export function uploadRoute(options: UploadRouteOptions): Middleware<RequestState> {
  const { service, limits, uploads, crossOrigin, answerThumbnail } = options;
  return async (ctx) => {
    const { state } = ctx;
    if (!crossOrigin.mayUpload(ctx.req)) throw foreignUpload();
    const query = new URLSearchParams(ctx.querystring);
    const { wish, signature, dispositionOf } = parseUploadQuery(query, ctx.get('Accept'), limits);
    let ownName = '';
    const read = readerFor(ctx, uploads, (name) => (ownName = name));
    const maxBytes = Math.min(announcedBytes(ctx.req) ?? uploads.maxBytes, uploads.maxBytes);
    const receive = () => receiveUpload({ service, maxBytes, read, caller: state });
    const source = { kind: 'upload', receive } as const;
    const result = await service.thumbnail({ source, ...wish }, { signature }, state);
    ctx.respond = false;
    const disposition = dispositionOf(ownName);
    const headers = OF_AN_UPLOAD;
    answerThumbnail(ctx.req, ctx.res, { state, result, negotiated: false, disposition, headers });
  };
}

type ImageReader = (memory: IncomingBytes) => Promise<Uint8Array>;

/**
 * @param onName told the name of a form's file
 * @throws InvalidRequestError or HttpFault where the head of the request says that there is nothing to read
 */
function readerFor(ctx: RequestContext, uploads: UploadLimits, onName: (name: string) => void): ImageReader {
  if (announcedBytes(ctx.req) === 0) throw noImage();
  if (ctx.is('multipart/form-data')) {
    checkHead(ctx.req, uploads.maxBytes + FORM_BYTES, uploads);
    return async (memory) => {
      const { name, bytes } = await readImageOfForm(ctx, memory, uploads);
      onName(name);
      return bytes;
    };
  }
  if (!ctx.is('image/*', 'application/octet-stream')) {
    throw new HttpFault(
      'unsupported-media-type',
      'Send an image with a Content-Type such as image/jpeg or application/octet-stream, or a multipart form with the image in the field image.',
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
  memory: IncomingBytes,
  uploads: UploadLimits,
): Promise<UploadedImage> {
  const { fields, image } = await readMultipart(ctx, memory, uploads);
  if (fields.size > 0) {
    throw new InvalidRequestError(
      'request',
      'Send nothing but the image in the form. Size, format and all other options belong in the URL.',
    );
  }
  if (image === undefined) throw noImage();
  return image;
}

function foreignUpload(): HttpFault {
  return new HttpFault(
    'origin-not-allowed',
    'Upload from a page of this service, or without a browser. If you run it, name the site in ALLOWED_ORIGINS.',
  );
}

function noImage(): InvalidRequestError {
  return new InvalidRequestError(
    'image',
    'There is no image in the request. Send one as the body, or in the field image of a multipart form.',
  );
}
