import type { Context } from 'koa';
import { InvalidRequestError } from '../../domain/errors/index.ts';
import { bodyParsers } from './body-parsers.ts';
import { FormParts, type MultipartForm } from './form-parts.ts';
import type { IncomingBytes } from '../../domain/source/incoming-bytes.ts';
import type { UploadLimits } from './limits.ts';
import { multipartSink } from './multipart-sink.ts';
import { type Incoming, receiveBody } from './receive-body.ts';

/** RFC 2046, 5.1.1. */
const BOUNDARY = /;\s*boundary=(?:"([\w'()+,./:=? -]{1,70})"|([\w'()+,./:=?-]{1,70}))\s*(?:;|$)/i;

/**
 * Reads a form with its fields and its image into memory: nothing is written to a file.
 *
 * @throws InvalidRequestError when it is malformed; HttpFault when it is too large or too slow; the signal's reason
 */
export async function readMultipart(
  ctx: Incoming & Context,
  memory: IncomingBytes,
  limits: UploadLimits,
): Promise<MultipartForm> {
  const boundary = boundaryOf(ctx.get('Content-Type'));
  const { Busboy } = await bodyParsers();
  const parts = new FormParts(memory, limits);
  const sink = multipartSink(Busboy, boundary, parts, limits);
  await receiveBody(ctx, sink, { memory, timeoutMs: limits.timeoutMs });
  return parts.form;
}

function boundaryOf(contentType: string): string {
  const [, quoted, plain] = BOUNDARY.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (boundary !== undefined) return boundary;
  throw new InvalidRequestError(
    'request',
    "The form's multipart boundary couldn't be read. Send the form again.",
  );
}
