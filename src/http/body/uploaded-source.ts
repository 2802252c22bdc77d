import { InvalidRequestError } from '../../domain/errors/index.ts';
import type { ThumbnailService } from '../../domain/making/thumbnail-service.ts';
import type { UploadedSource } from '../../domain/request/source.ts';
import type { IncomingBytes } from '../../domain/source/incoming-bytes.ts';
import type { CrossOrigin } from '../cross-origin.ts';
import { HttpFault } from '../error-responses.ts';
import type { RequestContext } from '../server/request-state.ts';
import type { UploadedImage } from './form-parts.ts';
import { FORM_BYTES, type UploadLimits } from './limits.ts';
import { readImage } from './read-image.ts';
import { readMultipart } from './read-multipart.ts';
import { receiveUpload } from './receive-upload.ts';
import { announcedBytes, checkHead } from './request-head.ts';

export interface UploadOptions {
  readonly service: ThumbnailService;
  readonly uploads: UploadLimits;
}

/**
 * The image that comes with a request: its body, or the file `image` in it. It is not read yet.
 *
 * @param onName told the name of a form's file, once it is read
 * @throws InvalidRequestError or HttpFault where the head of the request says that there is nothing to read
 */
export function uploadedSource(
  ctx: RequestContext,
  { service, uploads }: UploadOptions,
  onName: (name: string) => void = () => undefined,
): UploadedSource {
  const read = readerFor(ctx, uploads, onName);
  const maxBytes = Math.min(announcedBytes(ctx.req) ?? uploads.maxBytes, uploads.maxBytes);
  return { kind: 'upload', receive: () => receiveUpload({ service, maxBytes, read, caller: ctx.state }) };
}

type ImageReader = (memory: IncomingBytes) => Promise<Uint8Array>;

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

/** @throws HttpFault where a page of another site sends an image that may not */
export function refuseForeign(ctx: RequestContext, crossOrigin: CrossOrigin): void {
  if (crossOrigin.mayUpload(ctx.req)) return;
  throw new HttpFault(
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
