import type { Context } from 'koa';
import { InvalidRequestError, ThumbnailerError } from '../../domain/errors/index.ts';
import { bodyParsers } from './body-parsers.ts';
import { HttpFault } from '../error-responses.ts';
import { FormParts, type MultipartForm } from './form-parts.ts';
import type { ImageMemory } from './image-memory.ts';
import { type UploadLimits, tooLarge } from './limits.ts';
import { MultipartGuard } from './multipart-guard.ts';
import { type Incoming, receiveBody } from './receive-body.ts';

/** What a form may weigh beside its image: its fields, and the heads of its parts. */
export const FORM_BYTES = 32 * 1024;

/** RFC 2046, 5.1.1. */
const BOUNDARY = /;\s*boundary=(?:"([\w'()+,./:=? -]{1,70})"|([\w'()+,./:=?-]{1,70}))\s*(?:;|$)/i;

/**
 * Reads a form with its fields and its image into memory: nothing is written to a file.
 *
 * koa-body has formidable take the body apart, behind a guard. Everything else that it would do is done here: of its
 * own handlers of parts, one writes files, and another throws where nobody can catch it.
 *
 * @throws InvalidRequestError when it is malformed; HttpFault when it is too large or too slow; the signal's reason
 */
export async function readMultipart(
  ctx: Incoming & Context,
  memory: ImageMemory,
  limits: UploadLimits,
): Promise<MultipartForm> {
  const parts = new FormParts(memory, limits);
  const guard = new MultipartGuard(boundaryOf(ctx.get('Content-Type')), {
    maxBytes: limits.maxBytes + FORM_BYTES,
    onTooLarge: () => tooLarge(limits),
  });
  const { koaBody, multipart } = await bodyParsers();
  const parse = koaBody({
    ...{ multipart: true, json: false, text: false, urlencoded: false },
    formidable: {
      // The others go by words that happen to stand in the boundary.
      enabledPlugins: [multipart],
      onPart: (part) => parts.take(part),
    },
  });
  const guarded = Object.create(ctx, { req: { value: guard } }) as Context;
  try {
    await receiveBody(ctx, guard, Promise.race([parts.fault, parse(guarded, nothing)]), limits.timeoutMs);
  } catch (error) {
    if (error instanceof ThumbnailerError || error instanceof HttpFault || ctx.state.signal.aborted)
      throw error;
    throw new InvalidRequestError('request', 'The form could not be read. Send it again.', { cause: error });
  }
  return parts.form;
}

function boundaryOf(contentType: string): string {
  const [, quoted, plain] = BOUNDARY.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (boundary !== undefined) return boundary;
  throw new InvalidRequestError('request', 'The form has no boundary that could be read. Send it again.');
}

function nothing(): Promise<void> {
  return Promise.resolve();
}
