import { koaBody } from 'koa-body';
import type { Middleware } from 'koa';
import { InvalidRequestError } from '../../domain/errors/index.ts';
import { HttpFault } from '../error-responses.ts';
import type { RequestState } from '../request-state.ts';

/** The longest address, every character of it percent-encoded, and the other field. */
const FORM_LIMIT = '8kb';

const parseBody = koaBody({
  json: false,
  text: false,
  multipart: false,
  formLimit: FORM_LIMIT,
  includeUnparsed: true,
  onError: (error) => {
    throw translate(error);
  },
}) as unknown as Middleware<RequestState>;

/** Reads an urlencoded form, within its limit, into memory. Anything else is an unsupported media type. */
export function formBody(): Middleware<RequestState> {
  return async (ctx, next) => {
    if (!ctx.is('urlencoded')) {
      throw new HttpFault('unsupported-media-type', 'Send the form as application/x-www-form-urlencoded.');
    }
    await parseBody(ctx, next);
  };
}

/** The fields as they were sent: repeated ones are still there, and no name means anything but itself. */
export function formFields({ request }: { readonly request: object }): URLSearchParams {
  // What koa-body itself makes of them can be an array, or an object nested at the sender's will.
  const { rawBody } = request as { readonly rawBody?: unknown };
  return new URLSearchParams(typeof rawBody === 'string' ? rawBody : '');
}

/** raw-body names what is wrong by a status; a body that is not the gzip that it claims to be has none. */
function translate(error: Error & { readonly status?: number }): Error {
  switch (error.status) {
    case 413:
      return new HttpFault('request-too-large', 'Send a form with an address of at most 2048 characters.', {
        cause: error,
      });
    case 415:
      return new HttpFault('unsupported-media-type', 'Send the form without compression, in UTF-8.', {
        cause: error,
      });
    default:
      return new InvalidRequestError('request', 'The form could not be read. Send it again.', {
        cause: error,
      });
  }
}
