import type { Context } from 'koa';
import { InvalidRequestError } from '../../domain/errors/index.ts';
import type { ThumbnailService } from '../../domain/making/thumbnail-service.ts';
import { IncomingBytes } from '../../domain/source/incoming-bytes.ts';
import { lazy } from '../../domain/work/lazy.ts';
import { timed } from '../../domain/work/timed.ts';
import { switchedOffFault } from '../switched-off.ts';
import type { Site } from '../site.ts';
import { askForBody } from '../server/awaited-bodies.ts';
import { bodyParsers } from './body-parsers.ts';
import { HttpFault } from '../error-responses.ts';
import { MAX_FIELD_BYTES, type MultipartForm, fieldsTooLarge } from './form-parts.ts';
import { FORM_BYTES, type UploadLimits } from './limits.ts';
import { readMultipart } from './read-multipart.ts';
import type { Incoming } from './receive-body.ts';
import { announcedBytes, checkHead } from './request-head.ts';
import { SharedUpload } from './shared-upload.ts';

/** A form that has come in whole. Its upload is the caller's to dispose of. */
export interface ReceivedForm extends MultipartForm {
  /** Its fields as they were sent, where that is one text: what was made of it before need not be made again. */
  readonly text?: string;
  /** The image with all that it takes up. */
  readonly upload?: SharedUpload;
}

export interface FormOptions {
  readonly service: ThumbnailService;
  readonly uploads: UploadLimits;
  readonly site: Pick<Site, 'uploads'>;
}

/**
 * Reads a form as browsers send it: urlencoded, or multipart where it may have a file.
 *
 * @throws ThumbnailerError or HttpFault when it cannot be read, or there is no room for its file
 */
export async function receiveForm(ctx: Context & Incoming, options: FormOptions): Promise<ReceivedForm> {
  if (ctx.is('urlencoded')) return new UrlencodedForm(await readUrlencoded(ctx));
  if (ctx.is('multipart/form-data')) {
    return options.site.uploads ? receiveMultipart(ctx, options) : receiveFields(ctx, options);
  }
  throw new HttpFault(
    'unsupported-media-type',
    'Send the form as application/x-www-form-urlencoded or multipart/form-data.',
  );
}

async function receiveMultipart(
  ctx: Context & Incoming,
  { service, uploads }: FormOptions,
): Promise<ReceivedForm> {
  checkHead(ctx.req, uploads.maxBytes + FORM_BYTES, uploads);
  const maxBytes = Math.min(announcedBytes(ctx.req) ?? uploads.maxBytes, uploads.maxBytes);
  // Most forms have an address and no file, and many of those are answered by the cache: they wait for nothing.
  const isSmall = maxBytes <= FORM_BYTES;
  // Where no form at all is answered, none is read.
  if (!isSmall) service.checkUnsigned();
  using held = new DisposableStack();
  const room = isSmall ? undefined : held.use(await service.admitUpload(maxBytes, ctx.state));
  const memory = held.use(new IncomingBytes(maxBytes, room));
  await memory.makeRoom(1);
  const [form, receivedMs] = await timed(readMultipart(ctx, memory, uploads));
  if (form.image === undefined) return form;
  memory.complete();
  const kept = held.move();
  const image = { bytes: form.image.bytes, receivedMs, [Symbol.dispose]: () => kept.dispose() };
  return { ...form, upload: new SharedUpload(image) };
}

/** Where images are not taken, a form may still come in parts. */
async function receiveFields(ctx: Context & Incoming, { uploads }: FormOptions): Promise<ReceivedForm> {
  if ((announcedBytes(ctx.req) ?? 0) > FORM_BYTES) throw switchedOffFault();
  const { fields, image } = await readMultipart(ctx, new IncomingBytes(FORM_BYTES), uploads);
  if (image !== undefined) throw switchedOffFault();
  return { fields };
}

/** Parsed when somebody asks for a field. */
class UrlencodedForm implements ReceivedForm {
  readonly text: string;
  #fields: URLSearchParams | undefined;

  constructor(text: string) {
    this.text = text;
  }

  get fields(): URLSearchParams {
    return (this.#fields ??= new URLSearchParams(this.text));
  }
}

async function readUrlencoded(ctx: Context & Incoming): Promise<string> {
  const parse = await urlencodedParser();
  askForBody(ctx.req, ctx.res);
  await parse(ctx, () => Promise.resolve());
  const { body } = ctx.request as { readonly body?: unknown };
  return typeof body === 'string' ? body : '';
}

const urlencodedParser = lazy(async () => {
  const { koaBody } = await bodyParsers();
  // As text: what koa-body itself makes of fields can be an array, or an object nested at the sender's will.
  return koaBody({
    ...{ json: false, urlencoded: false, multipart: false },
    ...{ textTypes: ['urlencoded'], textLimit: MAX_FIELD_BYTES },
    onError: (error) => {
      throw translate(error);
    },
  });
});

/** raw-body names what is wrong by a status; a body that is not the gzip that it claims to be has none. */
function translate(error: Error & { readonly status?: number }): Error {
  switch (error.status) {
    case 413:
      return fieldsTooLarge({ cause: error });
    case 415:
      return new HttpFault('unsupported-media-type', 'Send the form uncompressed and in UTF-8.', {
        cause: error,
      });
    default:
      return new InvalidRequestError('request', "The form couldn't be read. Send it again.", {
        cause: error,
      });
  }
}
